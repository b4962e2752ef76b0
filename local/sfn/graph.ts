import type { Scope, State } from './definition.ts';
import type { Faults } from './diagnostics.ts';

/** What is wrong with the ways from state to state: ways that lead nowhere, states no way leads to, no end. */
export function checkGraph(scopes: Iterable<Scope>, faults: Faults): void {
  for (const scope of scopes) {
    if (!scope.states.has(scope.startAt))
      faults.add(
        'MISSING_TRANSITION_TARGET',
        `Missing 'Next' target: ${scope.startAt}`,
        `${scope.at}/StartAt`,
      );
    for (const state of scope.states.values())
      for (const { target, at } of transitions(state))
        if (!scope.states.has(target))
          faults.add('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, at);
    if (![...scope.states.values()].some(isTerminal)) {
      faults.add('MISSING_END_STATE', 'Workflow has no terminal state');
      continue;
    }
    const reached = reachable(scope);
    for (const state of scope.states.values())
      if (!reached.has(state.name))
        faults.add(
          'MISSING_TRANSITION_TARGET',
          `State "${state.name}" is not reachable.`,
          state.at,
        );
  }
}

function isTerminal(state: State): boolean {
  return (
    state.Type === 'Succeed' || state.Type === 'Fail' || ('End' in state && state.End === true)
  );
}

function reachable(scope: Scope): ReadonlySet<string> {
  const reached = new Set<string>();
  const ahead = [scope.startAt];
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const state = scope.states.get(name);
    if (state !== undefined) ahead.push(...transitions(state).map(({ target }) => target));
  }
  return reached;
}

interface Transition {
  readonly target: string;
  readonly at: string;
}

function transitions(state: State): Transition[] {
  const found: Transition[] = [];
  const add = (target: unknown, field: string) => {
    if (typeof target === 'string') found.push({ target, at: `${state.at}/${field}` });
  };
  if ('Next' in state) add(state.Next, 'Next');
  if ('Catch' in state)
    for (const [index, one] of (state.Catch ?? []).entries()) add(one.Next, `Catch[${index}]/Next`);
  if (state.Type === 'Choice') {
    for (const [index, one] of state.Choices.entries()) add(one['Next'], `Choices[${index}]/Next`);
    add(state.Default, 'Default');
  }
  return found;
}
