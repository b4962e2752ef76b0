import { once } from './once.ts';
import { observed } from './telemetry.ts';

/** What a job knows of the invocation it runs in. */
export interface JobTime {
  readonly now: Date;
  /** Milliseconds of real time until Lambda ends this invocation. */
  readonly remaining: () => number;
}

/** The part of Lambda's context a job reads. */
export interface JobContext {
  getRemainingTimeInMillis(): number;
}

/**
 * A handler that is only told that there may be work: by a nudge from a queue, or by a schedule. What the event
 * holds is not looked at. Call it with the function that composes its dependencies.
 */
export function job<Dependencies>(spec: {
  readonly name: string;
  readonly run: (dependencies: Dependencies, time: JobTime) => Promise<void>;
}) {
  return (compose: () => Dependencies | Promise<Dependencies>) => {
    const dependencies = once(compose);
    return (_event: unknown, context: JobContext): Promise<void> => {
      const now = new Date();
      return observed(spec.name, {}, async () => {
        await spec.run(await dependencies(), {
          now,
          remaining: () => context.getRemainingTimeInMillis(),
        });
      });
    };
  };
}
