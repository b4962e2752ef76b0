import { expect, test } from 'vitest';
import { type Cell, EventLog } from '../../../local/sfn/event-log.ts';

const cellsOf = (log: EventLog): Cell[] => JSON.parse(`[${log.text()}]`);

test('events are kept without the names of their types, and are read again as they were', () => {
  const log = new EventLog(1000);
  log.add(1, 0, 1000, 'ExecutionStarted', { input: '{}' });
  log.add(2, 0, 1005, 'PassStateEntered', { name: 'P' });
  log.add(3, 2, 1007, 'NewlyInvented', undefined);
  expect(log.text()).not.toContain('PassStateEntered');
  const again = new EventLog(1000, 1, cellsOf(log));
  expect([1, 2, 3, 4].map((id) => again.event(id))).toEqual([
    {
      id: 1,
      previousEventId: 0,
      timestamp: 1000,
      type: 'ExecutionStarted',
      details: { input: '{}', inputDetails: { truncated: false } },
    },
    {
      id: 2,
      previousEventId: 0,
      timestamp: 1005,
      type: 'PassStateEntered',
      details: { name: 'P' },
    },
    { id: 3, previousEventId: 2, timestamp: 1007, type: 'NewlyInvented' },
    undefined,
  ]);
});

test('an event of a type that only a later engine knows is not passed over', () => {
  const log = new EventLog(0, 1, [0, 0, 9999, null]);
  expect(() => log.event(1)).toThrow('of no known type: 9999');
});
