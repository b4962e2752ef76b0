/**
 * The types of events, each at the place that stands for it where events are kept: a fifth of a history would be these
 * names. New ones go to the end; a type that is not here is kept by its name.
 */
const types = [
  ...['ExecutionStarted', 'ExecutionSucceeded', 'ExecutionFailed', 'ExecutionAborted'],
  ...['ExecutionTimedOut', 'ExecutionRedriven', 'EvaluationFailed'],
  ...['TaskStateEntered', 'TaskStateExited', 'TaskStateAborted', 'PassStateEntered'],
  ...['PassStateExited', 'ChoiceStateEntered', 'ChoiceStateExited', 'WaitStateEntered'],
  ...['WaitStateExited', 'WaitStateAborted', 'SucceedStateEntered', 'SucceedStateExited'],
  ...['FailStateEntered', 'MapStateEntered', 'MapStateStarted', 'MapStateSucceeded'],
  ...['MapStateFailed', 'MapStateAborted', 'MapStateExited', 'MapIterationStarted'],
  ...['MapIterationSucceeded', 'MapIterationFailed', 'MapIterationAborted'],
  ...['ParallelStateEntered', 'ParallelStateStarted', 'ParallelStateSucceeded'],
  ...['ParallelStateFailed', 'ParallelStateAborted', 'ParallelStateExited', 'TaskScheduled'],
  ...['TaskStarted', 'TaskSubmitted', 'TaskSucceeded', 'TaskFailed', 'TaskTimedOut'],
  ...['TaskSubmitFailed', 'TaskStartFailed', 'LambdaFunctionScheduled'],
  ...['LambdaFunctionScheduleFailed', 'LambdaFunctionStarted', 'LambdaFunctionStartFailed'],
  ...['LambdaFunctionSucceeded', 'LambdaFunctionFailed', 'LambdaFunctionTimedOut'],
];

const codes = new Map(types.map((type, code) => [type, code]));

export function codeOf(type: string): number | string {
  return codes.get(type) ?? type;
}

/** Undefined for a code this engine does not know. */
export function typeOf(code: number | string): string | undefined {
  return typeof code === 'string' ? code : types[code];
}
