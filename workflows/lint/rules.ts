import { faultNames } from '../../domain/shared/errors.ts';
import type { Json, Machine, Retrier, State, TaskState } from '../asl.ts';
import { refusedForNow, transients } from '../fragments/retry.ts';
import type { MachineName, StepName } from '../references.ts';
import { allStates, type Placed, reachable, stepOf } from './graph.ts';

export interface Complaint {
  readonly rule: string;
  readonly state: string;
  readonly what: string;
}

type Rule = (machine: Machine, name: MachineName) => readonly Complaint[];

/** Steps after which nothing is left to undo when they fail, and the reason. */
const nothingToUndo: Partial<Record<`${MachineName}/${string}`, string>> = {
  'checkout/PriceCart': 'changes nothing',
  'checkout/PlaceOrder': 'an order without a payment expires, and the same key finds it',
  'expiry/MeasureTail': 'changes nothing, and the next run is a minute away',
};

/** Steps that change something at Stripe. */
const irreversible: readonly StepName[] = [
  'create-intent',
  'cancel-intent',
  'capture-payment',
  'refund-payment',
];

/** Steps whose repetition must not hide that an earlier try may have had its effect. */
const refusalsOnly: readonly StepName[] = ['create-intent'];

/** Steps that undo, each of which must not fail unseen. */
const compensating: readonly StepName[] = [
  'release-order',
  'mark-voiding',
  'cancel-intent',
  'record-voided',
  'unpack-order',
  'close-undelivered',
  'record-refund',
];

/** Names of fields that must not travel through a machine's state. `clientSecret` may, in the checkout alone. */
const secretive = /address(?!Id)|token|secret|password|email|phone|recipient|card/i;

const tasks = (machine: Machine): readonly (Placed & { readonly state: TaskState })[] =>
  allStates(machine).flatMap(({ name, state, among }) =>
    state.Type === 'Task' ? [{ name, state, among }] : [],
  );

const isWait = (task: TaskState) => task.Resource.endsWith('.waitForTaskToken');

const retried = (state: TaskState) => new Set((state.Retry ?? []).flatMap((r) => r.ErrorEquals));

const everyTaskEnds: Rule = (machine) =>
  tasks(machine)
    .filter(({ state }) => state.TimeoutSeconds === undefined)
    .map(({ name, state }) => ({
      rule: isWait(state) ? 'a token wait has a timeout' : 'a task has a timeout',
      state: name,
      what: 'without TimeoutSeconds it waits for a year',
    }));

const everyTaskRetries: Rule = (machine) =>
  tasks(machine).flatMap(({ name, state, among }) => {
    const step = stepOf(state);
    const goesOn = isWait(state) ? waitedForAgain(name, state, among) : undefined;
    const wanted =
      step === undefined
        ? ['StepFunctions.ThrottlingException', 'StepFunctions.ServiceUnavailableException']
        : refusalsOnly.includes(step)
          ? refusedForNow
          : transients;
    const missing = wanted.filter((error) => !retried(state).has(error) && error !== goesOn);
    return missing.length === 0
      ? []
      : [{ rule: 'a task retries what passes', state: name, what: `not ${missing.join(', ')}` }];
  });

/** The timeout of a wait, where its own catcher leads back to the same wait. */
function waitedForAgain(name: string, state: TaskState, among: Machine['States']) {
  const timeout = 'States.Timeout';
  const catcher = (state.Catch ?? []).find(({ ErrorEquals }) => ErrorEquals.includes(timeout));
  return catcher !== undefined && reachable(among, [catcher.Next]).has(name) ? timeout : undefined;
}

const everyRetryIsSpread: Rule = (machine) =>
  tasks(machine).flatMap(({ name, state }) =>
    (state.Retry ?? [])
      .filter((retrier) => !isSpread(retrier))
      .map((retrier) => ({
        rule: 'retries are spread',
        state: name,
        what: `${retrier.ErrorEquals.join(', ')}: needs FULL jitter, a bound and a greatest delay`,
      })),
  );

const isSpread = (retrier: Retrier) =>
  retrier.JitterStrategy === 'FULL' &&
  retrier.MaxAttempts !== undefined &&
  retrier.MaxDelaySeconds !== undefined;

const finalErrorsAreNotRetried: Rule = (machine) =>
  tasks(machine).flatMap(({ name, state }) =>
    [faultNames.permanent, faultNames.invalidInput, 'States.ALL', 'States.TaskFailed']
      .filter((error) => retried(state).has(error))
      .map((error) => ({
        rule: 'what fails for good is not retried',
        state: name,
        what: error,
      })),
  );

const everythingIsCaught: Rule = (machine, machineName) =>
  tasks(machine).flatMap(({ name, state }) => {
    if (nothingToUndo[`${machineName}/${name}`] !== undefined) return [];
    if (stepOf(state) === 'record-finding') return [];
    const last = state.Catch?.at(-1)?.ErrorEquals;
    return last?.length === 1 && last[0] === 'States.ALL'
      ? []
      : [
          {
            rule: 'Catch ends with States.ALL',
            state: name,
            what: 'States.Timeout, Lambda.Unknown or a lack of memory would skip the compensation',
          },
        ];
  });

const irreversibleStepsAreUndone: Rule = (machine) =>
  tasks(machine).flatMap(({ name, state, among }) => {
    const step = stepOf(state);
    if (step === undefined || !irreversible.includes(step)) return [];
    return (state.Catch ?? [])
      .filter(({ Next }) => !steps(among, [Next]).some((s) => undoing.includes(s)))
      .map(({ Next }) => ({
        rule: 'irreversible steps reach compensation',
        state: name,
        what: `its failure goes to ${Next}, from where nothing is undone and nobody told`,
      }));
  });

const undoing: readonly StepName[] = ['release-order', 'cancel-intent', 'record-finding'];

const failedCompensationIsTold: Rule = (machine) =>
  tasks(machine).flatMap(({ name, state, among }) => {
    const step = stepOf(state);
    if (step === undefined || !compensating.includes(step)) return [];
    const told = (state.Catch ?? []).every(
      ({ Next }) => stepOf(among[Next] ?? end) === 'record-finding',
    );
    return told && state.Catch !== undefined
      ? []
      : [
          {
            rule: 'a compensation that fails ends in a finding',
            state: name,
            what: 'its Catch does not go to record-finding',
          },
        ];
  });

const end: State = { Type: 'Succeed' };

const steps = (among: Machine['States'], from: readonly string[]): readonly StepName[] =>
  [...reachable(among, from)].flatMap((name) => stepOf(among[name] ?? end) ?? []);

const onlyIdsTravel: Rule = (machine, machineName) =>
  allStates(machine).flatMap(({ name, state }) =>
    fieldsOf(state)
      .filter((field) => secretive.test(field))
      .filter((field) => !(machineName === 'checkout' && field === 'clientSecret'))
      // The token goes to the wait's own Lambda and into no variable.
      .filter((field) => !(field === 'token' && state.Type === 'Task' && isWait(state)))
      .map((field) => ({
        rule: 'only ids travel',
        state: name,
        what: `the field ${field} looks like something that must not be in a machine's state`,
      })),
  );

function fieldsOf(state: State): readonly string[] {
  const kept: Json[] = [];
  if ('Arguments' in state) kept.push(state.Arguments);
  if ('Assign' in state && state.Assign !== undefined) kept.push(state.Assign);
  if ('Output' in state && state.Output !== undefined) kept.push(state.Output);
  return kept.flatMap(fieldNames);
}

function fieldNames(value: Json): readonly string[] {
  if (typeof value === 'string') {
    // Fields an expression reads or makes.
    return [...value.matchAll(/\.([A-Za-z]\w*)|['"]([A-Za-z]\w*)['"]\s*:/g)].flatMap((match) => {
      const field = match[1] ?? match[2];
      return field === undefined || value.includes('$states.context.Task.Token') ? [] : [field];
    });
  }
  if (Array.isArray(value)) return value.flatMap(fieldNames);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => [key, ...fieldNames(inner)]);
  }
  return [];
}

const everyStateIsReached: Rule = (machine) => {
  const reached = reachable(machine.States, [machine.StartAt]);
  return [
    ...Object.keys(machine.States)
      .filter((name) => !reached.has(name))
      .map((name) => ({ rule: 'every state is reached', state: name, what: 'nothing leads here' })),
    ...allStates(machine).flatMap(({ name, state }) =>
      state.Type === 'Choice' && state.Default === undefined
        ? [{ rule: 'a choice has a default', state: name, what: 'States.NoChoiceMatched' }]
        : [],
    ),
  ];
};

const rules: readonly Rule[] = [
  everyTaskEnds,
  everyTaskRetries,
  everyRetryIsSpread,
  finalErrorsAreNotRetried,
  everythingIsCaught,
  irreversibleStepsAreUndone,
  failedCompensationIsTold,
  onlyIdsTravel,
  everyStateIsReached,
];

/** What is wrong with a machine; empty when nothing is. */
export function lint(machine: Machine, name: MachineName): readonly Complaint[] {
  return rules.flatMap((rule) => rule(machine, name));
}
