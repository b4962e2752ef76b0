import { describe, expect, it, vi } from 'vitest';
import { TransientFault } from '../../../domain/shared/errors.ts';
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

  it('that arrives is not counted as lost', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const sent = vi.fn(async () => undefined);
    await forgiving('mailbox', sent)();
    expect(sent).toHaveBeenCalledOnce();
    expect(counted).not.toHaveBeenCalled();
  });
});
