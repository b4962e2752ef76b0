/** What the service holds of a cause; one that quotes its input could be as long as that. */
const longestCause = 32_768;

/** An error inside an execution: what Retry and Catch see. `error` is its name, `cause` its text. */
export class StateError extends Error {
  readonly error: string;
  override readonly cause: string | undefined;
  /** Another name Retry and Catch know it by. */
  readonly alias: string | undefined;
  constructor(error: string, cause?: string, alias?: string) {
    const told = cause?.slice(0, longestCause);
    super(told === undefined ? error : `${error}: ${told}`);
    this.error = error;
    this.cause = told;
    this.alias = alias;
  }
}

/** An expression that failed: besides its error, which field it stood in (for the EvaluationFailed event). */
export class EvaluationError extends StateError {
  readonly location: string;
  constructor(error: string, cause: string, location: string) {
    super(error, cause);
    this.location = location;
  }
}

/** An error of the API: `code` is the AWS error code the wire answers with. */
export class ServiceError extends Error {
  readonly code: string;
  readonly details: Readonly<Record<string, string>>;
  constructor(code: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

export const ErrorName = {
  all: 'States.ALL',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeat: 'States.HeartbeatTimeout',
  dataLimit: 'States.DataLimitExceeded',
  runtime: 'States.Runtime',
  query: 'States.QueryEvaluationError',
  noChoice: 'States.NoChoiceMatched',
  branch: 'States.BranchFailed',
  tolerated: 'States.ExceedToleratedFailureThreshold',
  resultPath: 'States.ResultPathMatchFailure',
  parameterPath: 'States.ParameterPathFailure',
  intrinsic: 'States.IntrinsicFailure',
} as const;

export function stateError(thrown: unknown): StateError {
  if (thrown instanceof StateError) return thrown;
  return new StateError(
    ErrorName.runtime,
    thrown instanceof Error ? thrown.message : String(thrown),
  );
}
