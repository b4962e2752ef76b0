import type { Machine, State, States } from '../asl.ts';
import { type StepName, stepNames } from '../references.ts';

/** A state and where it is: the machine's own, or those of a Map's processor. */
export interface Placed {
  readonly name: string;
  readonly state: State;
  readonly among: States;
}

/** Every state of a machine, those inside Maps too. */
export function allStates(machine: Machine): readonly Placed[] {
  return placed(machine.States);
}

function placed(states: States): readonly Placed[] {
  return Object.entries(states).flatMap(([name, state]) => [
    { name, state, among: states },
    ...(state.Type === 'Map' ? placed(state.ItemProcessor.States) : []),
  ]);
}

/** The names a state may go on to, its catchers' included. */
export function successors(state: State): readonly string[] {
  switch (state.Type) {
    case 'Succeed':
    case 'Fail':
      return [];
    case 'Choice':
      return [
        ...state.Choices.map((choice) => choice.Next),
        ...(state.Default === undefined ? [] : [state.Default]),
      ];
    case 'Wait':
      return [state.Next];
    case 'Pass':
      return 'Next' in state ? [state.Next] : [];
    default:
      return [
        ...('Next' in state ? [state.Next] : []),
        ...(state.Catch ?? []).map((catcher) => catcher.Next),
      ];
  }
}

/** Everything that can be reached from these states, themselves included. */
export function reachable(states: States, from: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = states[name];
    if (state === undefined || seen.has(name)) continue;
    seen.add(name);
    open.push(...successors(state));
  }
  return seen;
}

/** The function of ours a task calls, if it calls one. */
export function stepOf(state: State): StepName | undefined {
  if (state.Type !== 'Task') return undefined;
  const name = state.Arguments['FunctionName'];
  if (typeof name !== 'string') return undefined;
  return stepNames.find((step) => name.split(':').includes(step));
}
