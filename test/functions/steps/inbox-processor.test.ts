import { describe, expect, it, vi } from 'vitest';
import {
  keptWebhookSchema,
  type WebhookMeaning,
  type WebhookResult,
} from '../../../domain/payments/webhooks.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { type Processor, processInbox } from '../../../functions/inbox-processor/process.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog, now, orderId, time, unexpected } from './support.ts';

type Leased = Awaited<ReturnType<Processor['inbox']['lease']>>[number];

function leased(eventId: string, secondsAgo = 1, attempts = 0): Leased {
  const webhook = keptWebhookSchema.parse({
    eventId,
    type: 'payment_intent.amount_capturable_updated',
    created: 1_790_000_000,
    object: {
      kind: 'payment_intent',
      id: 'pi_1',
      status: 'requires_capture',
      amountCapturable: 1290,
      amountReceived: 0,
      orderId,
      generation: 1,
      failureCode: null,
    },
  });
  return {
    ...webhook,
    attempts,
    keptAt: new Date(now.getTime() - secondsAgo * 1000).toISOString(),
  };
}

function processor(
  webhooks: readonly Leased[],
  apply: (eventId: string, meaning: WebhookMeaning) => Promise<WebhookResult>,
) {
  const batches = [webhooks];
  const postpone = vi.fn<Processor['inbox']['postpone']>(async () => undefined);
  const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
  const dependencies: Processor = {
    inbox: {
      lease: async () => batches.shift() ?? [],
      apply: (webhook, meaning) => apply(webhook.eventId, meaning),
      postpone,
    },
    nudge,
  };
  return { dependencies, postpone, nudge };
}

describe('the inbox processor', () => {
  captureLog();

  it('applies each event by its meaning and wakes the relays once', async () => {
    const apply = vi.fn(async () => 'applied' as const);
    const { dependencies, nudge } = processor([leased('evt_1'), leased('evt_2')], apply);
    await processInbox(dependencies, time);
    expect(apply.mock.calls).toEqual([
      ['evt_1', { kind: 'authorised' }],
      ['evt_2', { kind: 'authorised' }],
    ]);
    expect(nudge.outbox).toHaveBeenCalledOnce();
    expect(nudge.mailbox).toHaveBeenCalledOnce();
  });

  it('wakes nobody for the same webhook three times', async () => {
    const { dependencies, nudge } = processor([leased('evt_1')], async () => 'already');
    await processInbox(dependencies, time);
    expect(nudge.outbox).not.toHaveBeenCalled();
  });

  it('The webhook comes before the order is stored: it is kept and tried again', async () => {
    const { dependencies, postpone } = processor([leased('evt_1', 30, 2)], async () => 'early');
    await processInbox(dependencies, time);
    expect(postpone.mock.calls).toEqual([
      ['evt_1', { retryAt: new Date(now.getTime() + 4000) }, now],
    ]);
  });

  it('gives up after an hour of waiting for the order, with a finding', async () => {
    const { dependencies, postpone } = processor(
      [leased('evt_old', 3601), leased('evt_new', 3599)],
      async () => 'early',
    );
    const counted = vi.spyOn(metrics, 'addMetric');
    await processInbox(dependencies, time);
    expect(postpone.mock.calls[0]).toEqual(['evt_old', { giveUp: 'early_webhook' }, now]);
    expect(postpone.mock.calls[1]?.[1]).toHaveProperty('retryAt');
    expect(counted).toHaveBeenCalledWith('WebhooksGivenUp', 'Count', 1);
  });

  it('A poison message blocks its batch: one that cannot be applied is put back, the next is applied', async () => {
    const { dependencies, postpone, nudge } = processor(
      [leased('evt_bad'), leased('evt_good')],
      async (eventId) => {
        if (eventId === 'evt_bad') throw new TransientFault('deadlock', 'try again');
        return 'revived';
      },
    );
    await processInbox(dependencies, time);
    expect(postpone).toHaveBeenCalledOnce();
    expect(postpone.mock.calls[0]?.[0]).toBe('evt_bad');
    expect(nudge.mailbox).toHaveBeenCalledOnce();
  });

  it('A webhook that fails for minutes is told of; one that waits for its order has its patience', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const { dependencies } = processor(
      [leased('evt_bad', 500, 8), leased('evt_early', 500, 8)],
      async (eventId) => {
        if (eventId === 'evt_early') return 'early';
        throw new TransientFault('deadlock', 'try again');
      },
    );
    await processInbox(dependencies, time);
    expect(counted.mock.calls).toEqual([
      ['InboxRetried', 'Count', 1],
      ['RowsStuck', 'Count', 1],
      ['InboxRetried', 'Count', 1],
    ]);
  });

  it('fails where the database is gone, after waking the relays for what was done', async () => {
    const { dependencies, postpone, nudge } = processor(
      [leased('evt_1'), leased('evt_2')],
      async (eventId) => {
        if (eventId === 'evt_2') throw new TransientFault('database_unreachable', 'gone');
        return 'applied';
      },
    );
    postpone.mockRejectedValue(new TransientFault('database_unreachable', 'gone'));
    await expect(processInbox(dependencies, time)).rejects.toMatchObject({
      name: 'TransientFault',
    });
    expect(nudge.outbox).toHaveBeenCalledOnce();
  });

  it('does nothing where nothing is due', async () => {
    const { dependencies, postpone } = processor([], unexpected('apply'));
    await processInbox(dependencies, time);
    expect(postpone).not.toHaveBeenCalled();
  });
});
