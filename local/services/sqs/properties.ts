import * as z from 'zod';
import { cfnBoolean, cfnNumber, templateProperties } from '../template.ts';

export const RedrivePolicy = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: cfnNumber.pipe(z.number().int().min(1).max(1000)),
});
export type RedrivePolicy = z.infer<typeof RedrivePolicy>;

const int = (least: number, most: number) => cfnNumber.pipe(z.number().int().min(least).max(most));

export const QueueProperties = templateProperties(
  'AWS::SQS::Queue',
  {
    QueueName: z.string().optional(),
    DelaySeconds: int(0, 900).optional(),
    MaximumMessageSize: int(1024, 1_048_576).optional(),
    MessageRetentionPeriod: int(60, 1_209_600).optional(),
    ReceiveMessageWaitTimeSeconds: int(0, 20).optional(),
    VisibilityTimeout: int(0, 43_200).optional(),
    RedrivePolicy: RedrivePolicy.optional(),
    FifoQueue: cfnBoolean.optional(),
    ContentBasedDeduplication: cfnBoolean.optional(),
  },
  {
    RedriveAllowPolicy: 'IAM is not evaluated on the laptop',
    KmsMasterKeyId: 'nothing is encrypted at rest on the laptop',
    KmsDataKeyReusePeriodSeconds: 'nothing is encrypted at rest on the laptop',
    SqsManagedSseEnabled: 'nothing is encrypted at rest on the laptop',
    DeduplicationScope: 'throughput only: duplicates are found per queue',
    FifoThroughputLimit: 'throughput only',
    Tags: 'tags change no behaviour',
  },
);

/** Seconds, bytes; AWS's defaults filled in. */
export interface QueueSettings {
  readonly delay: number;
  readonly longestMessage: number;
  readonly retention: number;
  readonly wait: number;
  readonly visibility: number;
  readonly redrive: RedrivePolicy | undefined;
  readonly fifo: boolean;
  readonly dedupeByContent: boolean;
}

export function settingsOf(properties: ReturnType<typeof QueueProperties.parse>): QueueSettings {
  return {
    delay: properties.DelaySeconds ?? 0,
    longestMessage: properties.MaximumMessageSize ?? 1_048_576,
    retention: properties.MessageRetentionPeriod ?? 345_600,
    wait: properties.ReceiveMessageWaitTimeSeconds ?? 0,
    visibility: properties.VisibilityTimeout ?? 30,
    redrive: properties.RedrivePolicy,
    fifo: properties.FifoQueue ?? false,
    dedupeByContent: properties.ContentBasedDeduplication ?? false,
  };
}
