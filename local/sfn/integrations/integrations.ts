/** What a call is told beside its input. */
export interface CallOptions {
  /** Aborted when nobody waits for the answer any more (timeout, stop). */
  readonly signal: AbortSignal;
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

export type Call = (input: unknown, options: CallOptions) => Promise<unknown>;

export interface LambdaAnswer {
  readonly payload: unknown;
  /** As Lambda's X-Amz-Function-Error: `Unhandled` or `Handled`; then `payload` is the error object. */
  readonly functionError?: string | undefined;
  readonly executedVersion?: string | undefined;
}

/** How tasks reach the world outside the engine. */
export interface Integrations {
  /**
   * @param functionName name or ARN, with the qualifier appended after a colon where the task gives one
   * May reject with an error whose `name` is the task's error, e.g. `Lambda.TooManyRequestsException`.
   */
  invokeLambda?(functionName: string, payload: unknown, signal: AbortSignal): Promise<LambdaAnswer>;
  /**
   * Everything else, by `service:action` as in the resource ARN: `sqs:sendMessage`, `events:putEvents`,
   * `aws-sdk:dynamodb:putItem`. An `aws-sdk:` resource falls back to the key without its prefix.
   * A rejection's `name` becomes the error, prefixed with the service unless it holds a dot.
   */
  readonly call?: Readonly<Record<string, Call>>;
}
