import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IntentAnswer } from '../../../domain/orders/steps.ts';
import type { KeptWebhook } from '../../../domain/payments/webhooks.ts';
import { meaningOf } from '../../../domain/payments/webhooks.ts';
import {
  OutcomeUnknownFault,
  PermanentFault,
  TransientFault,
} from '../../../domain/shared/errors.ts';
import {
  paymentIntentIdSchema,
  refundIdSchema,
  warehouseTaskIdSchema,
} from '../../../domain/shared/ids.ts';
import { askStripe } from '../../../functions/ask-stripe/index.ts';
import { closeUndelivered } from '../../../functions/close-undelivered/index.ts';
import { keepAnswers } from '../../../functions/keep-answers/index.ts';
import { listOverdue } from '../../../functions/list-overdue/index.ts';
import { openReturn } from '../../../functions/open-return/index.ts';
import { recordOverdue } from '../../../functions/record-overdue/index.ts';
import { recordRefund } from '../../../functions/record-refund/index.ts';
import { refundPayment } from '../../../functions/refund-payment/index.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { unpackOrder } from '../../../functions/unpack-order/index.ts';
import { watchAuthorisations } from '../../../functions/watch-authorisations/index.ts';
import { captureLog, now, order, orderId, unexpected } from './support.ts';

const log = captureLog();

beforeEach(() => {
  vi.useFakeTimers({ now, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const paymentIntentId = paymentIntentIdSchema.parse('pi_1');
const refundId = refundIdSchema.parse('0199f0a0-0000-7000-8000-0000000000f1');
const nudges = () => ({
  outbox: vi.fn(async () => undefined),
  mailbox: vi.fn(async () => undefined),
  inbox: vi.fn(async () => undefined),
});

describe('an order that comes undone', () => {
  it('tells the others once a packed order is unpacked', async () => {
    const nudge = nudges();
    const unpack = vi.fn(async () => ({ outcome: 'unpacked' as const }));
    const orders = { unpackOrder: unpack };
    expect(await unpackOrder(() => ({ orders, nudge }))(order)).toEqual({ outcome: 'unpacked' });
    expect(unpack).toHaveBeenCalledExactlyOnceWith(order, now);
    expect(nudge.outbox).toHaveBeenCalledOnce();
  });

  it('starts the refund of a returned parcel at once, not a minute later', async () => {
    const nudge = nudges();
    const close = vi.fn(async () => ({ outcome: 'closed' as const, refundId }));
    const result = { outcome: 'returned', lines: [{ sku: 'MUG', good: 1, damaged: 1 }] };
    const answer = await closeUndelivered(() => ({ orders: { closeUndelivered: close }, nudge }))({
      ...order,
      result,
    });
    expect(answer).toEqual({ outcome: 'closed', refundId });
    expect(close).toHaveBeenCalledExactlyOnceWith(order, result, now);
    expect(nudge.outbox).toHaveBeenCalledOnce();
  });

  it('The callback arrives before anyone waits: a return received early is sent as soon as its token is kept', async () => {
    const wait = {
      token: 'AQC-secret',
      run: 1,
      redriveCount: 0,
      enteredAt: now.toISOString(),
      retryCount: 0,
    };
    const open = async (ready: boolean) => {
      const nudge = nudges();
      const opened = vi.fn(async () => ({ taskId: warehouseTaskIdSchema.parse(refundId), ready }));
      await openReturn(() => ({ orders: { openReturn: opened }, nudge }))({
        ...order,
        round: 1,
        wait,
      });
      expect(opened).toHaveBeenCalledExactlyOnceWith(
        { orderId, step: 'return', round: 1 },
        wait,
        now,
      );
      return nudge;
    };
    expect((await open(true)).mailbox).toHaveBeenCalledOnce();
    const early = await open(false);
    expect(early.mailbox).not.toHaveBeenCalled();
    expect(early.outbox).toHaveBeenCalledOnce();
    expect(log.text()).not.toContain('AQC-secret');
  });

  it('warns of an overdue wait once, however often it is overdue', async () => {
    const answers = ['recorded', 'already'] as const;
    for (const outcome of answers) {
      const orders = { recordOverdue: async () => ({ outcome }) };
      await recordOverdue(() => ({ orders }))({ ...order, wait: 'pick', round: 1 });
    }
    expect(log.lines().filter(({ message }) => message === 'wait overdue')).toHaveLength(1);
  });
});

describe('refunds', () => {
  const input = { ...order, refundId, paymentIntentId, amount: 1000, currency: 'EUR' };

  it('asks Stripe for the refund by its own id, and answers what the books need', async () => {
    const refunded = { stripeRefundId: 're_1', status: 'pending' as const, failureReason: null };
    const refund = vi.fn(async () => refunded);
    expect(await refundPayment(() => ({ provider: { refund } }))(input)).toEqual(refunded);
    expect(refund).toHaveBeenCalledExactlyOnceWith({
      orderId,
      generation: 1,
      refundId,
      paymentIntentId,
      amount: 1000,
    });
  });

  it('lets out that nobody knows whether it was made, so that the machine looks and does not give up', async () => {
    const refund = async () => {
      throw new OutcomeUnknownFault('stripe_silent', 'ETIMEDOUT');
    };
    await expect(refundPayment(() => ({ provider: { refund } }))(input)).rejects.toMatchObject({
      name: 'OutcomeUnknownFault',
    });
  });

  it('A failed refund breaks the books: it is logged as one, and both wake the outbox', async () => {
    const nudge = nudges();
    for (const status of ['succeeded', 'failed'] as const) {
      const refunds = { recordRefund: async () => ({ outcome: 'recorded' as const, status }) };
      await recordRefund(() => ({ refunds, nudge }))({
        ...order,
        refundId,
        stripeRefundId: null,
        status: 'failed',
        failureReason: 'charge_disputed',
      });
    }
    expect(log.lines().filter(({ message }) => message === 'refund failed')).toHaveLength(1);
    expect(nudge.outbox).toHaveBeenCalledTimes(2);
  });
});

describe('Stripe’s webhooks stop for an hour', () => {
  const intent = { orderId, generation: 1, paymentIntentId };
  const answer = (status: IntentAnswer['status']) => ({
    ...intent,
    status,
    amountCapturable: status === 'requires_capture' ? 3370 : 0,
    amountReceived: 0,
  });

  it('says so in a metric with each run that finds them silent', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const overdueIntents = vi.fn(async () => [intent]);
    expect(await listOverdue(() => ({ silence: { overdueIntents } }))({})).toEqual({
      intents: [intent],
    });
    expect(overdueIntents).toHaveBeenCalledExactlyOnceWith(now, 50);
    expect(counted).toHaveBeenCalledWith('WebhooksSilent', 'Count', 1);
  });

  it('asks about each; one Stripe does not know or does not answer about is left for later', async () => {
    const named = (id: string) => ({ ...intent, paymentIntentId: paymentIntentIdSchema.parse(id) });
    const look = async (id: string) => {
      if (id === 'pi_silent') throw new TransientFault('stripe_silent', 'ETIMEDOUT');
      if (id === 'pi_unknown') return undefined;
      return { status: 'requires_capture' as const, amountCapturable: 3370, amountReceived: 0 };
    };
    const intents = [named('pi_silent'), named('pi_unknown'), intent];
    expect(await askStripe(() => ({ provider: { look } }))({ intents })).toEqual({
      answers: [answer('requires_capture')],
    });
  });

  it('fails where Stripe answers about none, and where it refuses us', async () => {
    const silent = async () => {
      throw new TransientFault('stripe_silent', 'ETIMEDOUT');
    };
    const refused = async () => {
      throw new PermanentFault('api_key_expired', 'Stripe answered 401');
    };
    const ask = (look: () => Promise<never>) =>
      askStripe(() => ({ provider: { look } }))({ intents: [intent] });
    await expect(ask(silent)).rejects.toMatchObject({ name: 'TransientFault' });
    await expect(ask(refused)).rejects.toMatchObject({ name: 'PermanentFault' });
  });

  it('takes what it learns for the webhooks that did not come: paid orders do not expire, unpaid ones may', async () => {
    const kept: KeptWebhook[] = [];
    const keep = async (webhook: KeptWebhook) => {
      kept.push(webhook);
      return 'kept' as const;
    };
    const recordUnpaid = vi.fn(async () => undefined);
    const nudge = nudges();
    const answers = [
      answer('requires_capture'),
      answer('processing'),
      answer('canceled'),
      answer('requires_payment_method'),
      answer('requires_action'),
    ];
    const compose = () => ({ inbox: { keep }, silence: { recordUnpaid }, nudge });
    expect(await keepAnswers(compose)({ answers })).toEqual({ learned: 3, unpaid: 2 });
    expect(kept.map(({ eventId }) => eventId)).toEqual([
      'evt_kassa_pi_1_requires_capture',
      'evt_kassa_pi_1_processing',
      'evt_kassa_pi_1_canceled',
    ]);
    expect(kept.map((webhook) => meaningOf(webhook).kind)).toEqual([
      'authorised',
      'processing',
      'canceled',
    ]);
    expect(recordUnpaid).toHaveBeenCalledExactlyOnceWith([answers[3], answers[4]], now);
    expect(nudge.inbox).toHaveBeenCalledOnce();
  });

  it('the same webhook three times: what was learned before wakes nobody', async () => {
    const nudge = nudges();
    const compose = () => ({
      inbox: { keep: async () => 'duplicate' as const },
      silence: { recordUnpaid: unexpected('recordUnpaid') },
      nudge,
    });
    const answers = [answer('requires_capture')];
    expect(await keepAnswers(compose)({ answers })).toEqual({ learned: 0, unpaid: 0 });
    expect(nudge.inbox).not.toHaveBeenCalled();
  });
});

describe('watch-authorisations', () => {
  it('wakes the relays for what it ended, and leaves them alone where nothing ends', async () => {
    const nudge = nudges();
    const watch = (cancelled: number) =>
      watchAuthorisations(() => ({
        watcher: { watchAuthorisations: async () => ({ warned: 0, cancelled }) },
        nudge,
      }))({});
    await watch(0);
    expect(nudge.outbox).not.toHaveBeenCalled();
    expect(await watch(2)).toEqual({ warned: 0, cancelled: 2 });
    expect(nudge.outbox).toHaveBeenCalledOnce();
    expect(nudge.mailbox).toHaveBeenCalledOnce();
  });
});
