import type { Clock } from '../../clock.ts';
import type { State, TaskState } from '../definition.ts';
import { ErrorName, StateError, stateError } from '../errors.ts';
import { flowOf, type Outcome, type Vars, type View } from '../flow.ts';
import type { CallOptions, Integrations } from '../integrations/integrations.ts';
import { isObject, type Json } from '../json.ts';
import type { Names } from '../names.ts';
import { type Resource, resourceOf } from '../resource.ts';
import { catcherFor, nextRetry } from '../retry.ts';
import { route } from '../states/choice.ts';
import { failureOf } from '../states/fail.ts';
import { checkParameters } from '../states/task.ts';
import { waitsUntil } from '../states/wait.ts';
import { perform } from '../work.ts';
import { entered, type Inspection, iterated, left, passed } from './inspection.ts';
import { type Answer, inputOf, mockOf, objectOf, type TestState } from './request.ts';
import { subjectOf } from './subject.ts';

export type { TestState } from './request.ts';

export interface Tested {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'RETRIABLE' | 'CAUGHT_ERROR';
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly nextState?: string;
  readonly inspection: Inspection;
  readonly errorDetails?: {
    readonly retryIndex?: number;
    readonly retryBackoffIntervalSeconds?: number;
    readonly catchIndex?: number;
  };
}

interface Tools {
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
  readonly names: Names;
  readonly integrations: Integrations;
  call(resource: Resource, input: Json, options: CallOptions): Promise<Json>;
}

const longest = 5 * 60_000;

/** Does what one state would do, with a mock for its work or without, and tells every step of its data. */
export async function testState(request: TestState, tools: Tools): Promise<Tested> {
  const state = subjectOf(request.definition, request.stateName, tools.integrations);
  const mock = mockOf(request, state);
  const input = inputOf(request);
  const vars = objectOf(request.variables, 'Variables') ?? {};
  const context = objectOf(request.context, 'Context') ?? contextOf(request, state, input, tools);
  const view = viewOf(state, input, vars, context, tools);
  const noted: Inspection = { input };
  try {
    const { outcome, next } = await through(view, mock, noted, tools);
    return { status: 'SUCCEEDED', ...leaving(outcome, next, vars, noted), inspection: noted };
  } catch (thrown) {
    const error = stateError(thrown);
    return { ...(await recovered(view, error, request, vars, noted, tools)), inspection: noted };
  }
}

interface Passage {
  readonly outcome: Outcome;
  readonly next?: string | undefined;
}

async function through(
  view: View,
  mock: Answer | undefined,
  noted: Inspection,
  tools: Tools,
): Promise<Passage> {
  const { state } = view;
  const flow = flowOf(state);
  const given = await entered(view, noted);
  switch (state.Type) {
    case 'Fail':
      throw await perform(failureOf(state, view));
    case 'Succeed':
      return { outcome: await flow.through(view) };
    case 'Choice':
      return perform(route(state, view));
    case 'Wait':
      // The time it takes is no part of the answer.
      await perform(waitsUntil(state, view, tools.clock.now()));
      return { outcome: await flow.through(view), next: state.Next };
    case 'Pass':
      return { outcome: await passed(view, state, given, noted), next: state.Next };
    case 'Map':
      await iterated(view, noted, (item, index) => itemView(view, item, index));
      return { outcome: await left(view, state, answered(mock), noted), next: state.Next };
    case 'Parallel':
      return { outcome: await left(view, state, answered(mock), noted), next: state.Next };
    case 'Task': {
      checkParameters(state, view, given);
      const result = mock === undefined ? await called(state, given, tools) : answered(mock);
      return { outcome: await left(view, state, result, noted), next: state.Next };
    }
  }
}

/** @throws StateError the mocked error */
function answered(mock: Answer | undefined): Json {
  if (mock === undefined) throw new Error('a state that needs a mock came without one');
  if ('error' in mock) throw new StateError(mock.error, mock.cause);
  return mock.result;
}

async function called(state: TaskState, input: Json, tools: Tools): Promise<Json> {
  const resource = resourceOf(state.Resource);
  if (resource === undefined) throw new Error(`unknown resource ${state.Resource}`);
  const given = new AbortController();
  const timedOut = new StateError(ErrorName.timeout);
  const late = new Promise<never>((_resolve, reject) => {
    given.signal.addEventListener('abort', () => reject(timedOut));
  });
  const timer = tools.clock.after(longest, () => given.abort());
  try {
    const options = { signal: given.signal, executionArn: '', stateMachineArn: '' };
    return await Promise.race([tools.call(resource, input, options), late]);
  } finally {
    timer.cancel();
  }
}

async function recovered(
  view: View,
  error: StateError,
  request: TestState,
  vars: Vars,
  noted: Inspection,
  tools: Tools,
): Promise<Omit<Tested, 'inspection'>> {
  const { state } = view;
  const failed = { ...shown(error), status: 'FAILED' } as const;
  // Nothing takes a runtime error.
  if (!('Retry' in state || 'Catch' in state) || error.error === ErrorName.runtime) return failed;
  const used = (state.Retry ?? []).map(() => request.retried ?? 0);
  const plan = nextRetry(state.Retry ?? [], used, error, tools.random);
  if (plan !== undefined)
    return {
      ...{ ...failed, status: 'RETRIABLE' },
      errorDetails: {
        retryIndex: plan.index,
        retryBackoffIntervalSeconds: Math.round(plan.delaySeconds),
      },
    };
  const catcher = catcherFor(state.Catch ?? [], error);
  if (catcher === undefined) return failed;
  const errorOutput = { Error: error.error, Cause: error.cause ?? '' };
  try {
    const outcome = await flowOf(state).caught(view, catcher, errorOutput);
    return {
      ...{ ...shown(error), status: 'CAUGHT_ERROR' },
      ...leaving(outcome, catcher.Next, vars, noted),
      errorDetails: { catchIndex: (state.Catch ?? []).indexOf(catcher) },
    };
  } catch (thrown) {
    return { ...shown(stateError(thrown)), status: 'FAILED' };
  }
}

function leaving(outcome: Outcome, next: string | undefined, vars: Vars, noted: Inspection) {
  const set = { ...vars, ...outcome.assign };
  if (Object.keys(set).length > 0) noted.variables = set;
  return { output: outcome.output, ...(next === undefined ? {} : { nextState: next }) };
}

function shown({ error, cause }: StateError): { readonly error?: string; readonly cause?: string } {
  return { ...(error === '' ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

function viewOf(state: State, input: Json, vars: Vars, context: Json, tools: Tools): View {
  const { clock, random, newId } = tools;
  return {
    state,
    input,
    environment: (extra = {}) => ({
      states: { input, context: () => context, ...extra },
      ...{ vars, now: clock.now(), random, newId },
      where: `An error occurred while executing the state '${state.name}' (entered at the event id #2).`,
    }),
  };
}

/** How an iteration of a Map sees its item. */
function itemView(view: View, item: Json, index: number): View {
  return {
    ...view,
    environment: (extra) => {
      const around = view.environment(extra);
      const context = around.states.context();
      const inside = {
        ...(isObject(context) ? context : {}),
        Map: { Item: { Index: index, Value: item } },
      };
      return { ...around, states: { ...around.states, context: () => inside } };
    },
  };
}

function contextOf(request: TestState, state: State, input: Json, tools: Tools): Json {
  const time = new Date(tools.clock.now()).toISOString();
  const machine = 'TestState';
  const name = tools.newId();
  return {
    Execution: {
      Id: tools.names.express(machine, name, tools.newId()),
      Input: input,
      Name: name,
      RoleArn: request.roleArn ?? '',
      StartTime: time,
      RedriveCount: 0,
    },
    State: { EnteredTime: time, Name: state.name, RetryCount: request.retried ?? 0 },
    StateMachine: { Id: tools.names.machine(machine), Name: machine },
  };
}
