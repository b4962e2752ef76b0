import type { TaskState } from '../definition.ts';
import { ErrorName, StateError } from '../errors.ts';
import { flowOf } from '../flow.ts';
import { type Details, failure, whole } from '../history.ts';
import { exceeds, isObject, type Json, textOf } from '../json.ts';
import type { Answer, Step } from '../messages.ts';
import { type Resource, resourceName, resourceOf } from '../resource.ts';
import type { TaskActivity } from '../thread.ts';
import { ready, type Work } from '../work.ts';

const resultLimit = 256 * 1024;

export function* startTask(step: Step<TaskState>): Work<void> {
  const { run, thread, state } = step;
  const { host } = run;
  const resource = resourceIn(state);
  const attempt = host.newId();
  if (resource.pattern === 'token') thread.token = host.makeToken(run, thread, attempt);
  const view = run.view(thread, state);
  const flow = flowOf(state);
  const input = yield* ready(flow.arguments(view));
  const timeout = yield* ready(flow.number(view, 'TimeoutSeconds'));
  const heartbeat = yield* ready(flow.number(view, 'HeartbeatSeconds'));
  const now = host.clock.now();
  scheduled(step, resource, input, timeout, heartbeat);
  run.startTask(thread, {
    kind: 'task',
    attempt,
    resource: resource.arn,
    arguments: input,
    startedAt: now,
    started: false,
    submitted: false,
    ...(thread.token === undefined ? {} : { token: thread.token }),
    ...(timeout === undefined ? {} : { timeoutAt: now + timeout * 1000 }),
    ...(heartbeat === undefined
      ? {}
      : { heartbeatSeconds: heartbeat, heartbeatAt: now + heartbeat * 1000 }),
  });
}

/** The request was answered (`settled`), or the token's holder answered (`callback`). */
export function* taskAnswered(
  step: Step<TaskState>,
  by: 'settled' | 'callback',
  answer: Answer,
): Work<void> {
  const { run, thread, state } = step;
  const { activity } = thread;
  if (activity.kind !== 'task') return;
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
  const output = { output: text, outputDetails: whole };
  if (by === 'settled' && resource.pattern !== 'request') {
    run.event(thread, 'TaskSubmitted', { ...named(resource), ...output });
    activity.submitted = true;
    if (resource.pattern !== 'token') {
      activity.child = childOf(answer.value);
      run.await(thread, activity);
    }
    run.touched(thread);
    return;
  }
  if (resource.direct) run.event(thread, 'LambdaFunctionSucceeded', output);
  else run.event(thread, 'TaskSucceeded', { ...named(resource), ...output });
  // From here an error is the state's own, no longer the task's.
  const outcome = yield* ready(flowOf(state).result(run.view(thread, state), answer.value));
  yield* run.leave(step, outcome, state.Next);
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
  const error = missed(activity, run.host.clock.now());
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
  timeout: number | undefined,
  heartbeat: number | undefined,
): void {
  const limits = {
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
  };
  if (resource.direct) {
    run.event(thread, 'LambdaFunctionScheduled', {
      resource: resource.arn,
      input: textOf(input),
      inputDetails: whole,
      ...limits,
    });
    return;
  }
  run.event(thread, 'TaskScheduled', {
    ...named(resource),
    region: run.host.region,
    parameters: textOf(input),
    ...limits,
  });
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
  else step.run.event(step.thread, 'TaskFailed', { ...named(resource), ...details });
  return error;
}

function named(resource: Resource): Details {
  return { resourceType: resource.type, resource: resourceName(resource) };
}

function resourceIn(state: TaskState): Resource {
  const resource = resourceOf(state.Resource);
  if (resource === undefined) throw new Error(`unknown resource ${state.Resource}`);
  return resource;
}
