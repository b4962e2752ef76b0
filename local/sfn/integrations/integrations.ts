/** What a call is told beside its input. */
export interface CallOptions {
  /** Aborted when nobody waits for the answer any more (timeout, stop). */
  readonly signal: AbortSignal;
  readonly executionArn: string;
  readonly stateMachineArn: string;
}

/**
 * A service's action: the request's parameters in, the answer as the service gives it out.
 * Rejects with an error whose `name` is the service's error code; `$metadata` may tell status and request id.
 */
export type Call = (input: unknown, options: CallOptions) => Promise<unknown>;

export interface LambdaAnswer {
  readonly payload: unknown;
  /** The payload as it came, where it came as text: it is shown like that as long as nothing is made of it. */
  readonly text?: string | undefined;
  /** As Lambda's X-Amz-Function-Error: `Unhandled` or `Handled`; then `payload` is the error object. */
  readonly functionError?: string | undefined;
  readonly executedVersion?: string | undefined;
}

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** How tasks reach the world outside the engine. */
export interface Integrations {
  /**
   * @param functionName name or ARN, with the qualifier appended after a colon where the task gives one
   * @param options its signal is made where it is asked for: a call that never looks pays nothing
   * @param type what the answer of an `Event` says is not looked at
   * May reject with an error whose `name` is the task's error, e.g. `Lambda.TooManyRequestsException`.
   */
  invokeLambda?(
    functionName: string,
    payload: unknown,
    options: CallOptions,
    type: InvocationType,
  ): Promise<LambdaAnswer>;
  /**
   * Everything else, by `service:action` as in the resource ARN: `sqs:sendMessage`, `events:putEvents`,
   * `aws-sdk:dynamodb:putItem`. An `aws-sdk:` resource falls back to the key without its prefix.
   * A rejection's `name` becomes the error, prefixed with the service unless it holds a dot.
   */
  readonly call?: Readonly<Record<string, Call>>;
  /** Whole services, asked for what `call` does not list: by name (`dynamodb`) and action (`putItem`). */
  connect?(service: string, action: string): Call | undefined;
  /**
   * Takes the place of all above for one state's task; how tests mock by state name. Also a `startExecution` then goes
   * to `call` or `connect`, and what it answers is the result where the task waits for the execution.
   * @param token the task's token, where it waits for one
   * @param input what the task gives to its resource
   */
  inState?(state: string, token: string | undefined, input: unknown): Integrations | undefined;
}
