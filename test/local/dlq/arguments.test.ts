import { expect, it } from 'vitest';
import { requestOf } from '../../../local/dlq/arguments.ts';

it('lists when nothing is asked for', () => {
  expect(requestOf([])).toMatchObject({ command: 'list', stage: undefined });
  expect(requestOf(['--stage', 'prod'])).toMatchObject({ command: 'list', stage: 'prod' });
});

it('takes a queue and messages', () => {
  expect(requestOf(['look', 'schedule-failures', '--limit', '3'])).toMatchObject({
    ...{ command: 'look', queue: 'schedule-failures', limit: 3 },
  });
  expect(requestOf(['replay', 'order-timeline-dlq', 'a', 'b'])).toMatchObject({
    ...{ command: 'replay', messages: ['a', 'b'], all: false },
  });
  expect(requestOf(['discard', 'order-timeline-dlq', '--all'])).toMatchObject({
    ...{ command: 'discard', messages: [], all: true },
  });
});

it.each([
  [['discard', 'queue']],
  [['replay', 'queue']],
  [['replay', 'queue', 'id', '--all']],
  [['discard']],
  [['look']],
  [['look', 'queue', '--limit', '0']],
  [['look', 'queue', '--limit', 'many']],
  [['purge', 'queue']],
  [['list', '--queue', 'queue']],
])('refuses %j with the usage', (args) => {
  expect(() => requestOf(args)).toThrow(/usage: npm run dlq/);
});
