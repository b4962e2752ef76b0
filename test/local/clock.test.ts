import { expect, test } from 'vitest';
import { VirtualClock } from '../../local/clock.ts';
import { type Entry, TimerHeap } from '../../local/timer-heap.ts';

const began = Date.parse('2026-03-01T12:00:00.000Z');

test('a cancelled timer is let go of at once, not kept until it would have been due', () => {
  const heap = new TimerHeap();
  const entries = Array.from({ length: 5 }, (_, at) => entry(at, at));
  for (const one of entries) heap.add(one);
  for (const one of entries.slice(1)) heap.remove(one);
  expect(heap.size).toBe(1);

  const clock = new VirtualClock({ stoppedAt: began });
  clock.after(365 * 24 * 3600 * 1000, () => undefined).cancel();
  expect(clock.pending).toBe(0);
});

test('timers fire by their time, those of one time in the order they were set, whatever was cancelled between', () => {
  // A shuffle that is the same in every run.
  let state = 7;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const heap = new TimerHeap();
  const inside = new Set<Entry>();
  let order = 0;
  for (let round = 0; round < 2000; round += 1) {
    if (random() < 0.6 || inside.size === 0) {
      order += 1;
      const added = entry(Math.floor(random() * 50), order);
      heap.add(added);
      inside.add(added);
    } else {
      const all = [...inside];
      const victim = all[Math.floor(random() * all.length)];
      if (victim === undefined) continue;
      heap.remove(victim);
      heap.remove(victim);
      inside.delete(victim);
    }
    const sorted = [...inside].sort((a, b) => a.at - b.at || a.order - b.order);
    expect(heap.first()).toBe(sorted[0]);
    expect(heap.size).toBe(inside.size);
  }
});

test('a timer may be cancelled while others of its time fire', async () => {
  const clock = new VirtualClock({ stoppedAt: began });
  const fired: string[] = [];
  clock.after(10, () => {
    fired.push('first');
    second.cancel();
  });
  const second = clock.after(10, () => fired.push('second'));
  clock.after(10, () => fired.push('third'));
  await clock.advance(10);
  expect(fired).toEqual(['first', 'third']);
  expect(clock.pending).toBe(0);
});

test('a running clock sleeps until its earliest timer only', async () => {
  const clock = new VirtualClock();
  const fired = await new Promise((resolve) => {
    const late = clock.after(3_600_000, () => resolve('late'));
    clock.after(1, () => {
      late.cancel();
      resolve('early');
    });
  });
  expect(fired).toBe('early');
  expect(clock.pending).toBe(0);
});

function entry(at: number, order: number): Entry {
  return { at, order, fire: () => undefined, place: -1 };
}
