import { describe, expect, it, vi } from 'vitest';
import type { OperationsStore, OrderView } from '../../../domain/orders/ports.ts';
import type { RefundView, RequestRefundResult } from '../../../domain/payments/ports.ts';
import { orderIdSchema, refundIdSchema, subjectSchema } from '../../../domain/shared/ids.ts';
import type { Dependencies } from '../../../functions/operations-api/dependencies.ts';
import { operationsApi } from '../../../functions/operations-api/index.ts';
import {
  context,
  courier,
  customer,
  described,
  inert,
  operator,
  orderId,
  problemOf,
  proxyEvent,
  type Sent,
  worker,
} from './support.ts';

const order: OrderView = {
  orderId: orderIdSchema.parse(orderId),
  customerId: subjectSchema.parse('anna'),
  status: 'packed',
  paymentStatus: 'captured',
  currency: 'EUR',
  itemsTotal: 1000,
  shippingTotal: 390,
  total: 1390,
  capturedAmount: 1390,
  lines: [{ sku: 'TEA-1', name: 'Tea', quantity: 1, unitPrice: 1000 }],
  placedAt: '2026-11-02T10:00:00.000Z',
  expiresAt: '2026-11-02T10:15:00.000Z',
  clientSecret: 'pi_1_secret_2',
};

const refund: RefundView = {
  refundId: refundIdSchema.parse('01900000-0000-7000-8000-0000000000aa'),
  orderId: order.orderId,
  amount: 300,
  currency: 'EUR',
  status: 'requested',
  reason: 'scratched',
  requestedBy: 'otto',
  requestedAt: '2026-11-03T10:00:00.000Z',
  failureReason: null,
};

const finding = {
  findingId: '17',
  kind: 'overdue',
  orderId: order.orderId,
  generation: 1,
  detail: { step: 'delivery' },
  at: '2026-11-03T10:00:00.000Z',
  resolvedAt: null,
  resolvedBy: null,
  resolution: null,
};

function fakes(over: Partial<Dependencies> = {}): Dependencies {
  return {
    operations: {
      findOrders: inert('findOrders'),
      findings: inert('findings'),
      resolveFinding: inert('resolveFinding'),
      endWait: inert('endWait'),
    },
    orders: { orderOf: inert('orderOf') },
    refunds: { requestRefund: inert('requestRefund'), refundsOf: inert('refundsOf') },
    timeline: { timelineOf: inert('timelineOf') },
    deliveries: { withdraw: inert('withdraw') },
    nudge: { outbox: inert('nudge outbox'), mailbox: inert('nudge mailbox') },
    keys: { issue: inert('issue'), list: inert('list'), revoke: inert('revoke') },
    secret: inert('secret'),
    ...over,
  };
}

const send = async (sent: Sent, over?: Partial<Dependencies>) =>
  described(sent, await operationsApi(() => fakes(over))(proxyEvent(sent), context));

const search: Sent = { route: '/operations/orders', caller: operator };
const inspect: Sent = {
  route: '/operations/orders/{orderId}',
  parameters: { orderId },
  caller: operator,
};
const refunding: Sent = {
  ...inspect,
  method: 'POST',
  route: '/operations/orders/{orderId}/refunds',
  headers: { 'Idempotency-Key': 'refund-0001' },
  body: { amount: 300, reason: 'scratched' },
};
const ending: Sent = {
  method: 'POST',
  route: '/operations/orders/{orderId}/waits/{step}/{round}/end',
  parameters: { orderId, step: 'delivery', round: '2' },
  caller: operator,
  body: { outcome: { outcome: 'lost' }, reason: 'van burnt out' },
};
const findings: Sent = { route: '/operations/findings', caller: operator };
const resolving: Sent = {
  method: 'POST',
  route: '/operations/findings/{findingId}/resolve',
  parameters: { findingId: '17' },
  caller: operator,
  body: { note: 'called the customer' },
};

it('lets nobody in but operations', async () => {
  for (const sent of [search, inspect, refunding, ending, findings, resolving]) {
    for (const caller of [customer, worker, courier]) {
      expect(problemOf(await send({ ...sent, caller }))).toMatchObject({
        status: 403,
        group: 'operations',
      });
    }
    expect(problemOf(await send({ ...sent, caller: undefined }))).toMatchObject({ status: 401 });
  }
});

describe('an order', () => {
  it.each([{ orderId }, { paymentIntentId: 'pi_1' }, { sku: 'TEA-1' }, { customerId: 'anna' }])(
    'is found by %j, without its client secret',
    async (by) => {
      const findOrders = vi.fn<OperationsStore['findOrders']>(async () => [order]);
      const query = Object.fromEntries(Object.entries(by).map(([name, value]) => [name, [value]]));
      const operations = { ...fakes().operations, findOrders };
      const result = await send({ ...search, query }, { operations });
      expect(findOrders).toHaveBeenCalledWith(by, { limit: 20 });
      expect(JSON.parse(result.body)).toMatchObject({ orders: [{ orderId, customerId: 'anna' }] });
      expect(result.body).not.toContain('secret');
    },
  );

  it.each([{}, { sku: ['TEA-1'], orderId: [orderId] }, { email: ['anna@example.com'] }])(
    'is not looked for by %j',
    async (query) => {
      expect(problemOf(await send({ ...search, query }))).toMatchObject({ status: 422 });
    },
  );

  it('is seen whole: state, timeline, refunds, findings', async () => {
    const entry = {
      sequence: 1,
      type: 'OrderPlaced',
      at: order.placedAt,
      status: 'awaiting_payment',
      paymentStatus: 'pending',
    } as const;
    const result = await send(inspect, {
      orders: { orderOf: async () => order },
      timeline: { timelineOf: async () => [entry] },
      refunds: { ...fakes().refunds, refundsOf: async () => [refund] },
      operations: { ...fakes().operations, findings: async () => [finding] },
    });
    expect(JSON.parse(result.body)).toMatchObject({
      order: { orderId, status: 'packed', capturedAmount: { amount: 1390, currency: 'EUR' } },
      timeline: [entry],
      refunds: [{ amount: { amount: 300, currency: 'EUR' }, requestedBy: 'otto' }],
      findings: [finding],
    });
    expect(result.body).not.toContain('secret');
  });

  it('that is none is not found', async () => {
    const orders = { orderOf: async () => undefined };
    expect(problemOf(await send(inspect, { orders }))).toMatchObject({ status: 404 });
  });
});

describe('a refund', () => {
  const answering = (result: RequestRefundResult) => ({
    refunds: { ...fakes().refunds, requestRefund: vi.fn(async () => result) },
  });

  it('is booked under its key with who and why, and the settlement is woken', async () => {
    const over = answering({ outcome: 'requested', refund });
    const outbox = vi.fn(async () => undefined);
    const nudge = { ...fakes().nudge, outbox };
    const result = await send(refunding, { ...over, nudge });
    expect(result.statusCode).toBe(202);
    expect(over.refunds.requestRefund).toHaveBeenCalledWith(
      orderId,
      { amount: 300, reason: 'scratched', key: 'refund-0001' },
      'otto',
      expect.any(Date),
    );
    expect(outbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { outcome: 'too_much' as const, refundable: 200, currency: 'EUR' as const },
      { status: 409, code: 'refund-too-much', refundable: { amount: 200, currency: 'EUR' } },
    ],
    [
      { outcome: 'not_captured' as const, paymentStatus: 'voided' as const },
      { status: 409, code: 'not-captured', paymentStatus: 'voided' },
    ],
    [{ outcome: 'key_reused' as const }, { status: 422, code: 'idempotency-key-reused' }],
    [{ outcome: 'not_found' as const }, { status: 404, code: 'not-found' }],
  ])('%j is told and wakes nobody', async (result, problem) => {
    expect(problemOf(await send(refunding, answering(result)))).toMatchObject(problem);
  });

  it('without a key, a reason, or of an amount that is none changes nothing', async () => {
    expect(problemOf(await send({ ...refunding, headers: {} }))).toMatchObject({ status: 400 });
    for (const body of [
      {},
      { amount: 300 },
      { amount: 0, reason: 'x' },
      { amount: -1, reason: 'x' },
      { amount: 1.5, reason: 'x' },
      { amount: '300', reason: 'x' },
      { amount: 300, reason: 'x', currency: 'USD' },
    ]) {
      expect(problemOf(await send({ ...refunding, body }))).toMatchObject({ status: 422 });
    }
  });
});

describe('a wait', () => {
  type Ended = Awaited<ReturnType<OperationsStore['endWait']>>;
  const answering = (result: Ended) => {
    const endWait = vi.fn<OperationsStore['endWait']>(async () => result);
    return { endWait, over: { operations: { ...fakes().operations, endWait } } };
  };
  const awake = () => ({
    outbox: vi.fn(async () => undefined),
    mailbox: vi.fn(async () => undefined),
  });

  it('ends with an outcome of its step, and its parcel leaves the couriers’ list', async () => {
    const { endWait, over } = answering('ended');
    const withdraw = vi.fn(async () => ({ outcome: 'withdrawn' }) as const);
    const nudge = awake();
    const result = await send(ending, { ...over, nudge, deliveries: { withdraw } });
    expect(result.statusCode).toBe(200);
    expect(endWait).toHaveBeenCalledWith(
      orderId,
      2,
      { step: 'delivery', outcome: { outcome: 'lost' } },
      { subject: 'otto', reason: 'van burnt out' },
      expect.any(Date),
    );
    expect(withdraw).toHaveBeenCalledWith(`${orderId}.2`, expect.any(Date));
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['payment', { outcome: 'cancelled' }],
    ['pick', { outcome: 'cancelled' }],
    ['return', { outcome: 'returned', lines: [{ sku: 'TEA-1', good: 1, damaged: 0 }] }],
    ['return', { outcome: 'lost' }],
  ])('of step %s ends with %j and touches no parcel', async (step, outcome) => {
    const { endWait, over } = answering('ended');
    const parameters = { orderId, step, round: '1' };
    const body = { outcome, reason: 'nobody else will' };
    await send({ ...ending, parameters, body }, { ...over, nudge: awake() });
    expect(endWait.mock.calls[0]?.[2]).toEqual({ step, outcome });
  });

  it.each([
    ['payment', { outcome: 'authorised' }],
    ['pick', { outcome: 'packed', captureAmount: 1 }],
    ['pick', { outcome: 'delivered' }],
    ['delivery', { outcome: 'withdrawn' }],
    ['delivery', { outcome: 'failed' }],
    ['return', { outcome: 'delivered' }],
    ['return', { outcome: 'returned', lines: [{ sku: 'TEA-1', good: -1, damaged: 0 }] }],
  ])('of step %s does not end with %j: nobody makes up money or goods', async (step, outcome) => {
    const parameters = { orderId, step, round: '1' };
    const body = { outcome, reason: 'because' };
    expect(problemOf(await send({ ...ending, parameters, body }))).toMatchObject({ status: 422 });
  });

  it('does not end without a reason', async () => {
    for (const reason of [undefined, '', ' ']) {
      const body = { outcome: { outcome: 'lost' }, reason };
      expect(problemOf(await send({ ...ending, body }))).toMatchObject({ status: 422 });
    }
  });

  it.each([
    ['already', 409, 'wait-ended'],
    ['not_waiting', 409, 'wait-not-open'],
    ['mismatch', 422, 'wrong-quantities'],
    ['not_found', 404, 'not-found'],
  ] as const)('%s is told and wakes nobody', async (result, status, code) => {
    const withdraw = async () => ({ outcome: 'not_found' }) as const;
    const over = { ...answering(result).over, deliveries: { withdraw } };
    expect(problemOf(await send(ending, over))).toMatchObject({ status, code });
  });

  it('that cannot be one asks no store', async () => {
    for (const change of [{ step: 'checkout' }, { round: '0' }, { round: 'x' }, { orderId: 'x' }]) {
      const parameters = { orderId, step: 'delivery', round: '2', ...change };
      expect(problemOf(await send({ ...ending, parameters }))).toMatchObject({ status: 404 });
    }
  });
});

describe('findings', () => {
  it('are the open ones unless all are asked for', async () => {
    const list = vi.fn<OperationsStore['findings']>(async () => [finding]);
    const operations = { ...fakes().operations, findings: list };
    const result = await send({ ...findings, query: { limit: ['1'] } }, { operations });
    expect(list).toHaveBeenLastCalledWith({ open: true, limit: 1 });
    expect(JSON.parse(result.body)).toEqual({ findings: [finding], next: '17' });
    const query = { open: ['false'], orderId: [orderId], before: ['17'] };
    await send({ ...findings, query }, { operations });
    expect(list).toHaveBeenLastCalledWith({ open: false, orderId, before: '17', limit: 20 });
  });

  it('are resolved with a note, twice the same', async () => {
    for (const result of ['resolved', 'already'] as const) {
      const resolveFinding = vi.fn(async () => result);
      const operations = { ...fakes().operations, resolveFinding };
      const answer = await send(resolving, { operations });
      expect(JSON.parse(answer.body)).toEqual({ findingId: '17', status: 'resolved' });
      expect(resolveFinding).toHaveBeenCalledWith(
        '17',
        { subject: 'otto', note: 'called the customer' },
        expect.any(Date),
      );
    }
  });

  it('are not resolved without a note, and none that is not there', async () => {
    expect(problemOf(await send({ ...resolving, body: { note: '' } }))).toMatchObject({
      status: 422,
    });
    const operations = { ...fakes().operations, resolveFinding: async () => 'not_found' as const };
    expect(problemOf(await send(resolving, { operations }))).toMatchObject({ status: 404 });
    const parameters = { findingId: 'x' };
    expect(problemOf(await send({ ...resolving, parameters }))).toMatchObject({ status: 404 });
  });
});
