import * as z from 'zod';
import type { Clock, Timer } from '../../clock.ts';
import type { Store } from '../store.ts';
import type { Schedule } from './expression.ts';

export interface Recurring {
  close(): void;
}

const Anchor = z.object({ anchor: z.number() });

/**
 * Fires at a schedule's times on the virtual clock. A rate counts from when it was first seen (or its start),
 * also over a restart; what fell into the time the laptop was off is not caught up.
 * @param options.start first time it may fire, epoch ms; `end` the last
 */
export function recur(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly name: string;
  readonly schedule: Schedule;
  readonly fire: (at: number) => void;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}): Recurring {
  const { clock, schedule, fire, start = 0, end = Number.POSITIVE_INFINITY } = options;
  const anchor = schedule.kind === 'rate' ? anchorOf(options, start) : 0;
  const nextAfter = (after: number): number | undefined => {
    if (schedule.kind === 'at') return schedule.at > after ? schedule.at : undefined;
    if (schedule.kind === 'cron') return schedule.next(Math.max(after, start - 1));
    const rounds = Math.floor((after - anchor) / schedule.every) + 1;
    return anchor + Math.max(rounds, start > 0 ? 0 : 1) * schedule.every;
  };
  let timer: Timer | undefined;
  const arm = (after: number): void => {
    const next = nextAfter(after);
    if (next === undefined || next > end) return;
    timer = clock.at(next, () => {
      arm(Math.max(next, clock.now()));
      fire(next);
    });
  };
  arm(clock.now());
  return { close: () => timer?.cancel() };
}

/** A rate that has changed counts anew. */
function anchorOf(
  { store, clock, name, schedule }: Parameters<typeof recur>[0],
  start: number,
): number {
  store.exec(
    'CREATE TABLE IF NOT EXISTS schedule (name TEXT PRIMARY KEY, anchor INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  );
  if (start > 0) return start;
  const key = `${name} ${JSON.stringify(schedule)}`;
  const insert = store.prepare('INSERT INTO schedule VALUES (?, ?) ON CONFLICT DO NOTHING');
  store.soon(() => insert.run(key, clock.now()));
  return Anchor.parse(store.prepare('SELECT anchor FROM schedule WHERE name = ?').get(key)).anchor;
}
