import * as z from 'zod';
import { compilePattern } from '../events/pattern.ts';
import type { MappingProperties } from './properties.ts';

/** Invokes a function and waits for its answer. May reject, when it is throttled or not there. */
export type Invoke = (
  functionArn: string,
  payload: unknown,
) => Promise<{ readonly payload: unknown; readonly functionError?: string | undefined }>;

/** How a batch went: all of it failed, or the named items did. */
export type Outcome =
  | { readonly kind: 'done'; readonly failed: ReadonlySet<string> }
  | { readonly kind: 'failed'; readonly error: string };

const Answer = z.object({
  batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
});

/**
 * Invokes with a batch and reads the answer. Item failures count only where the mapping asks for them; an answer
 * that cannot be read, or names an item the batch has not, fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export async function invokeBatch(
  invoke: Invoke,
  properties: MappingProperties,
  records: readonly unknown[],
  ids: ReadonlySet<string>,
): Promise<Outcome> {
  try {
    const answer = await invoke(properties.FunctionName, { Records: records });
    if (answer.functionError !== undefined) return { kind: 'failed', error: answer.functionError };
    const reports = properties.FunctionResponseTypes?.includes('ReportBatchItemFailures');
    if (reports !== true) return { kind: 'done', failed: new Set() };
    const parsed = Answer.nullish().safeParse(answer.payload);
    if (!parsed.success) return { kind: 'failed', error: 'InvalidResponse' };
    const failed = new Set(
      parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier),
    );
    if (![...failed].every((id) => ids.has(id)))
      return { kind: 'failed', error: 'InvalidResponse' };
    return { kind: 'done', failed };
  } catch (error) {
    return { kind: 'failed', error: error instanceof Error ? error.name : String(error) };
  }
}

/** Records pass when any of the filters fits; without filters all do. */
export function filterOf(properties: MappingProperties): (record: unknown) => boolean {
  const filters = (properties.FilterCriteria?.Filters ?? []).map(({ Pattern }) =>
    compilePattern(JSON.parse(Pattern)),
  );
  return (record) => filters.length === 0 || filters.some((fits) => fits(record));
}
