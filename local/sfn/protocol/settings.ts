import * as z from 'zod';
import { arn } from './common.ts';

/** How a machine logs, traces and encrypts. */
export const settings = z.object({
  loggingConfiguration: z
    .object({
      level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).optional(),
      includeExecutionData: z.boolean().optional(),
      destinations: z
        .array(
          z.object({
            cloudWatchLogsLogGroup: z.object({ logGroupArn: arn.optional() }).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  tracingConfiguration: z.object({ enabled: z.boolean().optional() }).optional(),
  encryptionConfiguration: z
    .object({
      type: z.enum(['AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KMS_KEY']),
      kmsKeyId: z.string().min(1).max(2048).optional(),
      kmsDataKeyReusePeriodSeconds: z.number().int().min(60).max(900).optional(),
    })
    .optional(),
});
