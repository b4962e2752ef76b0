import { expect } from 'vitest';
import type { HistoryEvent } from '../../../local/sfn/index.ts';
import type { Bench } from './harness.ts';

// The shapes and the chains of previousEventId are those of recordings of the real service.

export type Line = readonly [string, number];

export async function lines(made: Bench, definition: object, input: unknown = {}): Promise<Line[]> {
  return shape(await events(made, definition, input));
}

export async function events(made: Bench, definition: object, input: unknown = {}) {
  const arn = await made.start(definition, input);
  await made.pass(10);
  return made.engine.history(arn);
}

export function shape(history: readonly HistoryEvent[]): Line[] {
  expect(history.map((event) => event.id)).toEqual(history.map((_, at) => at + 1));
  return history.map((event) => [event.type, event.previousEventId]);
}

export const failing = { Boom: { Type: 'Fail', Error: 'MyError', Cause: 'my cause' } };
export const undefinedOutput = {
  Type: 'Pass',
  Output: { v: '{% $states.input.missing %}' },
  End: true,
};

export const branches = (...all: object[]) =>
  all.map((states) => ({ StartAt: Object.keys(states)[0], States: states }));

export const map = (states: object, extra: object = {}) => ({
  Type: 'Map',
  Items: '{% $states.input.items %}',
  ItemProcessor: { StartAt: Object.keys(states)[0], States: states },
  End: true,
  ...extra,
});
