import * as z from 'zod';
import { cfnNumber, templateProperties } from '../template.ts';
import { InputTransformer } from './input.ts';

export const EventBusProperties = templateProperties(
  'AWS::Events::EventBus',
  { Name: z.string(), DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional() },
  {
    Description: 'text for people',
    KmsKeyIdentifier: 'nothing is encrypted at rest on the laptop',
    LogConfig: 'logs are files in the state folder',
    Policy: 'IAM is not evaluated on the laptop',
    Tags: 'tags change no behaviour',
  },
);

export const RetryPolicy = z.object({
  MaximumRetryAttempts: cfnNumber.pipe(z.number().int().min(0).max(185)).optional(),
  MaximumEventAgeInSeconds: cfnNumber.pipe(z.number().int().min(60).max(86_400)).optional(),
});

const Target = z
  .object({
    Id: z.string(),
    Arn: z.string(),
    Input: z.string().optional(),
    InputPath: z.string().optional(),
    InputTransformer: InputTransformer.optional(),
    RetryPolicy: RetryPolicy.optional(),
    DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
    SqsParameters: z.object({ MessageGroupId: z.string() }).optional(),
    /** IAM is not evaluated on the laptop. */
    RoleArn: z.string().optional(),
  })
  .strict();

export const RuleProperties = templateProperties(
  'AWS::Events::Rule',
  {
    Name: z.string().optional(),
    EventBusName: z.string().optional(),
    EventPattern: z.record(z.string(), z.unknown()).optional(),
    ScheduleExpression: z.string().optional(),
    State: z
      .enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS'])
      .optional(),
    Targets: z.array(Target).optional(),
  },
  {
    Description: 'text for people',
    RoleArn: 'IAM is not evaluated on the laptop',
    Tags: 'tags change no behaviour',
  },
);
