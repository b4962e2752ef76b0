import { describe, expect, it, vi } from 'vitest';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { outboxNudgeDelay } from '../../../domain/shared/nudges.ts';
import { forgiving } from '../../../functions/shared/nudge.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog } from './support.ts';

describe('a nudge', () => {
  const log = captureLog();

  it('that is lost costs time only: it is logged and counted, and the step goes on', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const nudge = forgiving('outbox', async () => {
      throw new TransientFault('nudge_unreachable', 'no answer');
    });
    await expect(nudge()).resolves.toBeUndefined();
    expect(counted).toHaveBeenCalledWith('NudgeLost', 'Count', 1);
    expect(log.lines().at(-1)).toMatchObject({
      level: 'WARN',
      nudge: 'outbox',
      errorCode: 'nudge_unreachable',
    });
  });

  it('of the outbox stands for what is committed while it lies hidden in its queue', async () => {
    let now = 1_000_000;
    const sent = vi.fn(async () => undefined);
    const nudge = forgiving('outbox', sent, () => now);
    const nudged = async (ms: number) => {
      now += ms;
      await nudge();
      return sent.mock.calls.length;
    };
    expect(await nudged(0)).toBe(1);
    expect(await nudged(outboxNudgeDelay * 1000 - 101)).toBe(1);
    expect(await nudged(1)).toBe(2);
    // A clock set back says nothing about what is hidden.
    expect(await nudged(-5000)).toBe(3);
  });

  it('that was lost stands for nothing, and those of other queues never do', async () => {
    const lost = vi.fn(() => Promise.reject(new TransientFault('nudge_unreachable', 'no answer')));
    const outbox = forgiving('outbox', lost, () => 0);
    const sent = vi.fn(async () => undefined);
    const mailbox = forgiving('mailbox', sent, () => 0);
    for (const nudge of [outbox, outbox, mailbox, mailbox]) await nudge();
    expect([lost, sent].map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  });

  it('that arrives is not counted as lost', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const sent = vi.fn(async () => undefined);
    await forgiving('mailbox', sent)();
    expect(sent).toHaveBeenCalledOnce();
    expect(counted).not.toHaveBeenCalled();
  });
});
