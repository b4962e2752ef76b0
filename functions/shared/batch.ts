import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import * as z from 'zod';
import { InvalidInputFault } from '../../domain/shared/errors.ts';
import { once } from './once.ts';
import { describeError, logger, observed } from './telemetry.ts';

const eventSchema = z.object({ Records: z.array(z.record(z.string(), z.unknown())) });

/** What tells Lambda which records to hand over again. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * A handler of queue or stream records, where a record that fails fails alone. Records of a stream are taken one
 * after the other: Lambda goes on from the first that failed, so what came after it is seen twice.
 */
export function batch<Dependencies>(spec: {
  readonly name: string;
  readonly source: 'queue' | 'stream';
  readonly run: (dependencies: Dependencies, record: unknown, now: Date) => Promise<void>;
}) {
  return (compose: () => Dependencies | Promise<Dependencies>) => {
    const dependencies = once(compose);
    const source = spec.source === 'queue' ? EventType.SQS : EventType.DynamoDBStreams;
    return (event: unknown): Promise<BatchResponse> => {
      const now = new Date();
      return observed(spec.name, {}, async () => {
        const parsed = eventSchema.safeParse(event);
        if (!parsed.success) throw new InvalidInputFault('invalid_input', 'not a batch of records');
        const composed = await dependencies();
        const run = async (record: unknown) => {
          try {
            await spec.run(composed, record, now);
          } catch (error) {
            logger.error('record failed', describeError(error));
            throw error;
          }
        };
        return processPartialResponse(parsed.data, run, new BatchProcessor(source), {
          throwOnFullBatchFailure: false,
          processInParallel: spec.source === 'queue',
        });
      });
    };
  };
}
