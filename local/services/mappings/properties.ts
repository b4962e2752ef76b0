import * as z from 'zod';
import { cfnBoolean, cfnNumber, templateProperties } from '../template.ts';

const int = (least: number, most: number) => cfnNumber.pipe(z.number().int().min(least).max(most));

export const EventSourceMappingProperties = templateProperties(
  'AWS::Lambda::EventSourceMapping',
  {
    FunctionName: z.string(),
    EventSourceArn: z.string(),
    Enabled: cfnBoolean.optional(),
    BatchSize: int(1, 10_000).optional(),
    MaximumBatchingWindowInSeconds: int(0, 300).optional(),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).optional(),
    ScalingConfig: z.object({ MaximumConcurrency: int(2, 1000).optional() }).optional(),
    StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']).optional(),
    MaximumRetryAttempts: int(-1, 10_000).optional(),
    MaximumRecordAgeInSeconds: int(-1, 604_800).optional(),
    BisectBatchOnFunctionError: cfnBoolean.optional(),
    DestinationConfig: z
      .object({ OnFailure: z.object({ Destination: z.string() }).optional() })
      .optional(),
    FilterCriteria: z
      .object({ Filters: z.array(z.object({ Pattern: z.string() })).optional() })
      .optional(),
  },
  {
    ParallelizationFactor: 'throughput only: a shard is read in order by one function at a time',
    KmsKeyArn: 'nothing is encrypted at rest on the laptop',
    MetricsConfig: 'no metrics service runs locally',
    LoggingConfig: 'logs are files in the state folder',
    ProvisionedPollerConfig: 'throughput only',
    Tags: 'tags change no behaviour',
  },
);
export type MappingProperties = ReturnType<typeof EventSourceMappingProperties.parse>;
