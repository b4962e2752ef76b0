import type { TaskState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf, type Outcome, type View } from '../flow.ts';
import { type Details, failure } from '../history.ts';
import { parameterFaults } from '../integrations/parameters.ts';
import { exceeds, isObject, type Json, textOf } from '../json.ts';
import type { Answer, Step } from '../messages.ts';
import { refusedValue } from '../refused.ts';
import { type Resource, resourceName, resourceOf } from '../resource.ts';
import type { TaskActivity } from '../thread.ts';
import { type Awaitable, done, ready, type Work } from '../work.ts';

const resultLimit = 256 * 1024;

export function startTask(step: Step<TaskState>): Work<void> {
  const { run, thread, state } = step;
  const resource = resourceIn(state);
  // Only tokens and the names of children show it; else it need be no other's of this execution.
  const attempt =
    resource.pattern === 'request' && resource.type === 'lambda'
      ? String(run.record.lastEvent)
      : run.host.newId();
  if (resource.pattern !== 'request') thread.token = run.host.makeToken(run, thread, attempt);
  const view = run.view(thread, state);
  const input = flowOf(state).arguments(view);
  if (input instanceof Promise || hasMore(state)) return prepare(step, attempt, view, input);
  checkParameters(state, view, input);
  schedule(step, resource, attempt, input);
  return done;
}

interface Limits {
  readonly timeout?: number | undefined;
  readonly heartbeat?: number | undefined;
  readonly credentials?: Json | undefined;
}

/** Whether there is more to work out than the input. */
function hasMore(state: TaskState): boolean {
  return (
    state.TimeoutSeconds !== undefined ||
    state.TimeoutSecondsPath !== undefined ||
    state.HeartbeatSeconds !== undefined ||
    state.HeartbeatSecondsPath !== undefined ||
    state.Credentials !== undefined
  );
}

function* prepare(
  step: Step<TaskState>,
  attempt: string,
  view: View,
  filled: Awaitable<Json>,
): Work<void> {
  const { state } = step;
  const resource = resourceIn(state);
  const input = yield* ready(filled);
  const timeout = yield* seconds(state, view, 'TimeoutSeconds');
  const heartbeat = yield* seconds(state, view, 'HeartbeatSeconds');
  checkParameters(state, view, input);
  const credentials =
    state.Credentials === undefined
      ? undefined
      : yield* ready(flowOf(state).fill(view, 'Credentials', state.Credentials));
  schedule(step, resource, attempt, input, { timeout, heartbeat, credentials });
}

function schedule(
  step: Step<TaskState>,
  resource: Resource,
  attempt: string,
  input: Json,
  limits?: Limits,
): void {
  const { run, thread } = step;
  const { now } = run;
  scheduled(step, resource, input, limits);
  const activity: TaskActivity = {
    kind: 'task',
    attempt,
    resource: resource.arn,
    arguments: input,
    startedAt: now,
    started: false,
    submitted: false,
  };
  const { token } = thread;
  if (token === undefined && limits === undefined) {
    run.startTask(thread, activity);
    return;
  }
  const { timeout, heartbeat } = limits ?? {};
  run.startTask(thread, {
    ...activity,
    ...(token === undefined ? {} : { token }),
    ...(timeout === undefined ? {} : { timeoutAt: now + timeout * 1000 }),
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat }),
  });
}

function* seconds(
  state: TaskState,
  view: View,
  field: 'TimeoutSeconds' | 'HeartbeatSeconds',
): Work<number | undefined> {
  const value = yield* ready(flowOf(state).number(view, field));
  if (value === undefined || (Number.isInteger(value) && value > 0 && value <= longest))
    return value;
  throw refusedValue(
    view,
    field,
    `Expected positive integer for ${field}, got '${value}' instead.`,
  );
}

const longest = 99_999_999;

/** @throws StateError States.Runtime where the integration does not know a parameter, or cannot take its value */
export function checkParameters(state: TaskState, view: View, input: Json): void {
  const faults = parameterFaults(resourceIn(state), input);
  if (faults.length === 0) return;
  const field = state.language === 'JSONata' ? 'Arguments' : 'Parameters';
  throw new StateError(
    ErrorName.runtime,
    `${view.environment().where} The ${field} '${textOf(input)}' could not be used to start the Task: [${faults.join(', ')}]`,
  );
}

/** The request was answered (`settled`), or the token's holder answered (`callback`). */
export function taskAnswered(
  step: Step<TaskState>,
  by: 'settled' | 'callback',
  answer: Answer,
): Work<void> {
  const { run, thread, state } = step;
  const { activity } = thread;
  if (activity.kind !== 'task') return done;
  const resource = resourceIn(state);
  if (!answer.ok) throw failed(step, resource, answer.error);
  const text = textOf(answer.value);
  if (exceeds(text, resultLimit))
    throw failed(
      step,
      resource,
      new StateError(
        ErrorName.dataLimit,
        `The state/task '${resource.direct ? resource.arn : resource.type}' returned a result with a size exceeding the maximum number of bytes service limit.`,
      ),
    );
  const output = { output: text };
  if (by === 'settled' && resource.pattern !== 'request') {
    run.event(thread, 'TaskSubmitted', { ...named(resource), ...output });
    activity.submitted = true;
    // Heartbeats are due from whoever holds the token, once it can be held: not while a function still works.
    if (resource.pattern === 'token' && activity.heartbeatSeconds !== undefined)
      activity.heartbeatAt = run.now + activity.heartbeatSeconds * 1000;
    if (resource.pattern !== 'token') {
      activity.child = childOf(answer.value);
      run.await(thread, activity);
    }
    run.touched(thread);
    return done;
  }
  if (resource.direct) run.event(thread, 'LambdaFunctionSucceeded', output);
  else run.event(thread, 'TaskSucceeded', { ...named(resource), ...output });
  // From here an error is the state's own, no longer the task's.
  const outcome = flowOf(state).result(run.view(thread, state), answer.value);
  if (outcome instanceof Promise) return leaveLater(step, outcome);
  return run.leave(step, outcome, state.Next);
}

function* leaveLater(step: Step<TaskState>, outcome: Promise<Outcome>): Work<void> {
  yield* step.run.leave(step, yield* ready(outcome), step.state.Next);
}

function childOf(started: Json): string {
  const arn = isObject(started) ? started['ExecutionArn'] : undefined;
  return typeof arn === 'string' ? arn : '';
}

export function taskTimedOut(step: Step<TaskState>): void {
  const { run, thread, state } = step;
  const { activity } = thread;
  if (activity.kind !== 'task') return;
  const resource = resourceIn(state);
  const error = missed(activity, run.now);
  if (error === undefined) return;
  if (resource.direct) run.event(thread, 'LambdaFunctionTimedOut', failure(error));
  else run.event(thread, 'TaskTimedOut', { ...named(resource), ...failure(error) });
  throw error;
}

/** A missed heartbeat is reported as States.Timeout, as AWS does; Retry and Catch may name it more closely. */
function missed(activity: TaskActivity, now: number): StateError | undefined {
  if (activity.timeoutAt !== undefined && activity.timeoutAt <= now)
    return new StateError(ErrorName.timeout);
  if (activity.heartbeatAt !== undefined && activity.heartbeatAt <= now)
    return new StateError(ErrorName.timeout, undefined, ErrorName.heartbeat);
  return undefined;
}

function scheduled(
  { run, thread }: Step,
  resource: Resource,
  input: Json,
  limits: Limits | undefined,
): void {
  if (resource.direct) {
    const call = { resource: resource.arn, input: textOf(input) };
    const details = limits === undefined ? call : { ...call, ...shown(resource, limits) };
    run.event(thread, 'LambdaFunctionScheduled', details);
    return;
  }
  run.event(thread, 'TaskScheduled', {
    ...named(resource),
    region: run.host.region,
    parameters: textOf(input),
    ...(limits === undefined ? {} : shown(resource, limits)),
  });
}

function shown(resource: Resource, { timeout, heartbeat, credentials }: Limits): Details {
  return {
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined || resource.direct ? {} : { heartbeatInSeconds: heartbeat }),
    ...(isObject(credentials)
      ? { taskCredentials: { roleArn: credentials['RoleArn'] ?? null } }
      : {}),
  };
}

/** Records that the task's call is being made. */
export function taskStarted(
  run: Step['run'],
  thread: Step['thread'],
  activity: TaskActivity,
): void {
  const resource = resourceOf(activity.resource);
  if (resource === undefined) return;
  if (resource.direct) run.event(thread, 'LambdaFunctionStarted');
  else run.event(thread, 'TaskStarted', named(resource));
}

function failed(step: Step, resource: Resource, error: StateError): StateError {
  const details = failure(error);
  if (resource.direct) step.run.event(step.thread, 'LambdaFunctionFailed', details);
  else step.run.event(step.thread, failedEvent(step, resource), { ...named(resource), ...details });
  return error;
}

/** A job whose start was refused was never submitted. */
function failedEvent({ thread: { activity } }: Step, { pattern }: Resource): string {
  const job = pattern === 'sync' || pattern === 'sync:2';
  const submitted = activity.kind !== 'task' || activity.submitted;
  return job && !submitted ? 'TaskSubmitFailed' : 'TaskFailed';
}

function named(resource: Resource): Details {
  return { resourceType: resource.type, resource: resourceName(resource) };
}

function resourceIn(state: TaskState): Resource {
  const resource = resourceOf(state.Resource);
  if (resource === undefined) throw new Error(`unknown resource ${state.Resource}`);
  return resource;
}
