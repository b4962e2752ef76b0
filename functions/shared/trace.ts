import { once } from './once.ts';

/** Loaded only where there is a trace: the X-Ray SDK is a third of a cold start. */
const tracer = once(async () => {
  const { Tracer } = await import('@aws-lambda-powertools/tracer');
  return new Tracer();
});

/**
 * Runs the work in a subsegment of its own, found by these keys; Lambda's own segment takes no annotations.
 * Of a failure only the fact goes to the trace.
 */
export async function traced<T>(
  name: string,
  keys: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const { POWERTOOLS_TRACE_ENABLED: enabled, _X_AMZN_TRACE_ID: trace } = process.env;
  if (enabled === 'false' || trace === undefined) return work();
  const { provider } = await tracer();
  return new Promise<T>((resolve, reject) => {
    provider.captureAsyncFunc(`## ${name}`, async (segment) => {
      for (const [key, value] of Object.entries(keys)) segment?.addAnnotation(key, value);
      try {
        resolve(await work());
      } catch (error) {
        segment?.addFaultFlag();
        reject(error);
      } finally {
        segment?.close();
      }
    });
  });
}
