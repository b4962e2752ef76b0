import * as z from 'zod';
import type { Json } from './json.ts';

/** The fields each part of a definition may have; every other is refused. */

const json: z.ZodType<Json> = z.json();
export const language = z.enum(['JSONata', 'JSONPath']);
const expression = z.string().regex(/^\{%[\s\S]*%\}$/);
/** In JSONata a number may also be an expression that gives one. */
const numberOf = (least: number, most: number) =>
  z.union([z.number().int().min(least).max(most), expression]);
const longest = 99_999_999;
const count = numberOf(0, Number.MAX_SAFE_INTEGER);
const seconds = numberOf(0, longest);
const timeout = numberOf(1, longest);
const assign = z.record(z.string(), json);
const path = z.string().nullable();

const base = {
  Comment: z.string().optional(),
  QueryLanguage: language.optional(),
  Output: json.optional(),
  InputPath: path.optional(),
  OutputPath: path.optional(),
};
const assigning = { ...base, Assign: assign.optional() };
const flow = { ...assigning, Next: z.string().optional(), End: z.boolean().optional() };

export const retrier = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.number().int().min(1).max(longest).optional(),
  MaxAttempts: z.number().int().min(0).max(longest).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxDelaySeconds: z.number().int().min(1).max(31_622_400).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
});
export const catcher = z.strictObject({
  Comment: z.string().optional(),
  ErrorEquals: z.array(z.string()).min(1),
  Next: z.string(),
  Output: json.optional(),
  Assign: assign.optional(),
  ResultPath: path.optional(),
});
const guarded = {
  Retry: z.array(retrier).optional(),
  Catch: z.array(catcher).optional(),
};
const shaped = {
  Arguments: json.optional(),
  Parameters: json.optional(),
  ResultSelector: json.optional(),
  ResultPath: path.optional(),
};

export const task = z.strictObject({
  Type: z.literal('Task'),
  ...flow,
  ...guarded,
  ...shaped,
  Resource: z.string(),
  TimeoutSeconds: timeout.optional(),
  TimeoutSecondsPath: z.string().optional(),
  HeartbeatSeconds: timeout.optional(),
  HeartbeatSecondsPath: z.string().optional(),
  Credentials: json.optional(),
});
export const pass = z.strictObject({
  Type: z.literal('Pass'),
  ...flow,
  Parameters: json.optional(),
  Result: json.optional(),
  ResultPath: path.optional(),
});
export const wait = z.strictObject({
  Type: z.literal('Wait'),
  ...flow,
  Seconds: seconds.optional(),
  SecondsPath: z.string().optional(),
  Timestamp: z.string().optional(),
  TimestampPath: z.string().optional(),
});
export const succeed = z.strictObject({ Type: z.literal('Succeed'), ...base });
export const fail = z.strictObject({
  Type: z.literal('Fail'),
  Comment: z.string().optional(),
  QueryLanguage: language.optional(),
  Error: z.string().optional(),
  ErrorPath: z.string().optional(),
  Cause: z.string().optional(),
  CausePath: z.string().optional(),
});
export const choice = z.strictObject({
  Type: z.literal('Choice'),
  ...assigning,
  Choices: z.array(z.record(z.string(), json)).min(1),
  Default: z.string().optional(),
});
export const scope = z.object({ StartAt: z.string(), States: z.record(z.string(), z.unknown()) });
const branch = z.strictObject({ Comment: z.string().optional(), ...scope.shape });
const processor = z.strictObject({
  Comment: z.string().optional(),
  ...scope.shape,
  ProcessorConfig: z
    .strictObject({
      Mode: z.enum(['INLINE', 'DISTRIBUTED']).optional(),
      ExecutionType: z.enum(['STANDARD', 'EXPRESS']).optional(),
    })
    .optional(),
});
export const parallel = z.strictObject({
  Type: z.literal('Parallel'),
  ...flow,
  ...guarded,
  ...shaped,
  Branches: z.array(branch).min(1),
});
export const map = z.strictObject({
  Type: z.literal('Map'),
  ...flow,
  ...guarded,
  Parameters: json.optional(),
  ResultSelector: json.optional(),
  ResultPath: path.optional(),
  Items: json.optional(),
  ItemsPath: z.string().optional(),
  ItemSelector: json.optional(),
  ItemBatcher: z
    .strictObject({
      MaxItemsPerBatch: count.optional(),
      MaxItemsPerBatchPath: z.string().optional(),
      MaxInputBytesPerBatch: count.optional(),
      MaxInputBytesPerBatchPath: z.string().optional(),
      BatchInput: json.optional(),
    })
    .optional(),
  MaxConcurrency: count.optional(),
  MaxConcurrencyPath: z.string().optional(),
  ToleratedFailureCount: count.optional(),
  ToleratedFailureCountPath: z.string().optional(),
  ToleratedFailurePercentage: z.union([z.number().min(0).max(100), expression]).optional(),
  ToleratedFailurePercentagePath: z.string().optional(),
  ItemProcessor: processor.optional(),
  Iterator: processor.optional(),
  Label: z.string().optional(),
  /** Known by name, so that they are refused by name. */
  ItemReader: json.optional(),
  ResultWriter: json.optional(),
});
export const states = {
  Task: task,
  Pass: pass,
  Wait: wait,
  Succeed: succeed,
  Fail: fail,
  Choice: choice,
};
export const nested = { Parallel: parallel, Map: map };
export const machine = z.strictObject({
  Comment: z.string().optional(),
  Version: z.string().optional(),
  QueryLanguage: language.optional(),
  TimeoutSeconds: z.number().int().min(1).max(longest).optional(),
  ...scope.shape,
});
