import { describe, expect, it, vi } from 'vitest';
import { retention } from '../../../domain/shared/retention.ts';
import { purgeSettled } from '../../../functions/purge-settled/purge.ts';
import { captureLog, now, time } from './support.ts';

const log = captureLog();
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

describe('the nightly purge', () => {
  it('goes through every list until there is no more, each with its own age', async () => {
    let left = 3;
    const purge = vi.fn(async (what: string) => {
      left -= what === 'webhooks' ? 1 : 0;
      return { deleted: 5, more: what === 'webhooks' && left > 0 };
    });
    await purgeSettled({ rows: { purge } }, time);
    const calls = Object.entries(retention).flatMap(([what, days]) =>
      Array.from({ length: what === 'webhooks' ? 3 : 1 }, () => [what, daysAgo(days), 500]),
    );
    expect(purge.mock.calls).toEqual(calls);
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ purged: expect.objectContaining({ webhooks: 15, events: 5 }) }),
    );
  });

  it('stops when the time is up; the next night goes on', async () => {
    const purge = vi.fn(async () => ({ deleted: 500, more: true }));
    let calls = 4;
    await purgeSettled({ rows: { purge } }, { now, remaining: () => (calls-- > 0 ? 60_000 : 0) });
    expect(purge).toHaveBeenCalledTimes(4);
    expect(log.text()).toContain('goes on next night');
  });

  it('keeps repetitions known for as long as they may come, and names for as long as they are taken', () => {
    expect(retention.webhooks).toBeGreaterThan(30);
    expect(retention.executions).toBeGreaterThan(90);
    expect(retention.outcomes).toBeGreaterThan(366);
  });
});
