import type { StateMachineDefinition } from 'aws-local-stepfunctions';

/** A machine that every engine measured can run: JSONPath, plain function ARNs, nothing that waits. */
export interface Subject {
  readonly name: string;
  readonly definition: StateMachineDefinition;
  readonly input: Readonly<Record<string, number | number[]>>;
  /** States one execution enters. */
  readonly transitions: number;
  /** Executions of one round, all at once. */
  readonly executions: number;
}

const rounds = 1000;
const items = 1000;
const tasks = 10;

const loop: StateMachineDefinition = {
  StartAt: 'Add',
  States: {
    Add: {
      Type: 'Pass',
      Parameters: { 'count.$': 'States.MathAdd($.count, 1)' },
      Next: 'Enough',
    },
    Enough: {
      Type: 'Choice',
      Choices: [{ Variable: '$.count', NumericLessThan: rounds, Next: 'Add' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

const map: StateMachineDefinition = {
  StartAt: 'Each',
  States: {
    Each: {
      Type: 'Map',
      ItemsPath: '$.items',
      ItemSelector: { 'item.$': '$$.Map.Item.Value', 'of.$': '$.count' },
      ItemProcessor: {
        StartAt: 'Take',
        States: { Take: { Type: 'Pass', OutputPath: '$.item', End: true } },
      },
      End: true,
    },
  },
};

/** The task of every engine calls this function. */
export const functionName = 'increment';

const chain: StateMachineDefinition = {
  StartAt: 'T1',
  States: Object.fromEntries(
    Array.from({ length: tasks }, (_, at) => [
      `T${at + 1}`,
      {
        Type: 'Task' as const,
        Resource: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
        ...(at + 1 === tasks ? { End: true as const } : { Next: `T${at + 2}` }),
      },
    ]),
  ),
};

export const subjects: readonly Subject[] = [
  {
    name: 'Pass and Choice, 1,000 rounds',
    definition: loop,
    input: { count: 0 },
    transitions: 2 * rounds + 1,
    executions: 10,
  },
  {
    name: 'inline Map of 1,000',
    definition: map,
    input: { count: items, items: Array.from({ length: items }, (_, at) => at) },
    transitions: items + 1,
    executions: 10,
  },
  {
    name: 'ten Tasks',
    definition: chain,
    input: { count: 0 },
    transitions: tasks,
    executions: 500,
  },
];

/** What the tasks do. */
export function increment(input: unknown): { readonly count: number } {
  const count = typeof input === 'object' && input !== null && 'count' in input ? input.count : 0;
  return { count: Number(count) + 1 };
}
