import { describe, expect, it, vi } from 'vitest';
import type { MailboxAnswer, MailboxDelivery } from '../../../domain/orders/ports.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { type Relay, relayMailbox } from '../../../functions/mailbox-relay/relay.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog, now, orderId, time, unexpected } from './support.ts';

const delivery = (token: string, attempts = 0): MailboxDelivery => ({
  orderId,
  step: 'payment',
  round: 1,
  token,
  outcome: { outcome: 'authorised' },
  attempts,
});

function relay(
  deliveries: readonly MailboxDelivery[],
  succeed: Relay['reporter']['succeed'] = unexpected('succeed'),
) {
  const settled: MailboxAnswer[] = [];
  const batches = [deliveries];
  const dependencies: Relay = {
    mailbox: {
      leaseDeliveries: async () => batches.shift() ?? [],
      settleDeliveries: async (answers) => void settled.push(...answers),
    },
    reporter: { succeed },
  };
  return { dependencies, settled };
}

describe('the mailbox relay', () => {
  const log = captureLog();

  it('sends each outcome to its own token and settles each by its own answer', async () => {
    const succeed = vi.fn<Relay['reporter']['succeed']>(async (token) =>
      token === 'old' ? 'closed' : 'sent',
    );
    const { dependencies, settled } = relay([delivery('old'), delivery('new')], succeed);
    await relayMailbox(dependencies, time);
    expect(succeed).toHaveBeenCalledWith('new', { outcome: 'authorised' });
    expect(settled).toEqual([
      { orderId, step: 'payment', round: 1, token: 'old', result: 'closed' },
      { orderId, step: 'payment', round: 1, token: 'new', result: 'sent' },
    ]);
  });

  it('puts back what Step Functions throttles, later each time, and settles the rest', async () => {
    const { dependencies, settled } = relay(
      [delivery('slow', 2), delivery('fine')],
      async (token) => {
        if (token === 'slow') throw new TransientFault('report_throttled', 'ThrottlingException');
        return 'sent';
      },
    );
    await relayMailbox(dependencies, time);
    expect(settled).toMatchObject([
      { token: 'slow', result: 'retry', retryAt: new Date(now.getTime() + 4000) },
      { token: 'fine', result: 'sent' },
    ]);
  });

  it('A row that fails for minutes while all else goes is told of, and one that just failed is not', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const { dependencies } = relay(
      [delivery('old', 8), delivery('new', 7), delivery('fine', 9)],
      async (token) => {
        if (token === 'fine') return 'sent';
        throw new TransientFault('report_throttled', 'ThrottlingException');
      },
    );
    await relayMailbox(dependencies, time);
    expect(counted.mock.calls).toEqual([
      ['MailboxRetried', 'Count', 2],
      ['RowsStuck', 'Count', 1],
    ]);
  });

  it('Tokens are secrets: not in the log, whatever goes wrong', async () => {
    const token = 'AQCEAAAAKgAAAAMAAAAAAAAAAsecret';
    const { dependencies } = relay([delivery(token)], async () => {
      throw new TransientFault('report_throttled', `for ${token}`);
    });
    await relayMailbox(dependencies, time);
    expect(log.text()).toContain('outcome not sent');
    expect(log.text()).not.toContain(token);
  });

  it('keeps below what Step Functions lets through, also after a mass expiry', async () => {
    let open = 0;
    let most = 0;
    const { dependencies, settled } = relay(
      Array.from({ length: 60 }, (_, index) => delivery(`t${index}`)),
      async () => {
        open += 1;
        most = Math.max(most, open);
        await Promise.resolve();
        open -= 1;
        return 'sent';
      },
    );
    await relayMailbox(dependencies, time);
    expect(settled).toHaveLength(60);
    expect(most).toBeLessThanOrEqual(6);
    expect(most).toBeGreaterThan(1);
  });
});
