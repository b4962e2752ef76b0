import { describe, expect, it, vi } from 'vitest';
import type { CancelStore, OrderView } from '../../../domain/orders/ports.ts';
import { orderIdSchema, subjectSchema } from '../../../domain/shared/ids.ts';
import type { Dependencies } from '../../../functions/orders-api/dependencies.ts';
import { ordersApi } from '../../../functions/orders-api/index.ts';
import {
  context,
  customer,
  described,
  inert,
  operator,
  orderId,
  partner,
  problemOf,
  proxyEvent,
  readingPartner,
  type Sent,
  stranger,
  worker,
  writingPartner,
} from './support.ts';

const awaiting: OrderView = {
  orderId: orderIdSchema.parse(orderId),
  customerId: subjectSchema.parse('anna'),
  status: 'awaiting_payment',
  paymentStatus: 'requires_payment',
  currency: 'EUR',
  itemsTotal: 1000,
  shippingTotal: 390,
  total: 1390,
  capturedAmount: 0,
  lines: [{ sku: 'TEA-1', name: 'Tea', quantity: 1, unitPrice: 1000 }],
  placedAt: '2026-11-02T10:00:00.000Z',
  expiresAt: '2026-11-02T10:15:00.000Z',
  clientSecret: 'pi_1_secret_2',
};

function fakes(over: Partial<Dependencies> = {}): Dependencies {
  return {
    addresses: { keepAddress: inert('keepAddress') },
    machines: { checkout: inert('checkout') },
    orders: { orderOf: inert('orderOf'), ordersOf: inert('ordersOf') },
    cancels: { cancelOrder: inert('cancelOrder') },
    cancelRequests: {
      requestCancel: inert('requestCancel'),
      clearCancelRequest: inert('clearCancelRequest'),
    },
    deliveries: { withdraw: inert('withdraw') },
    timeline: { timelineOf: inert('timelineOf') },
    nudge: { outbox: inert('nudge outbox'), mailbox: inert('nudge mailbox') },
    randomness: inert('randomness'),
    ...over,
  };
}

const send = async (sent: Sent, over?: Partial<Dependencies>) =>
  described(sent, await ordersApi(() => fakes(over))(proxyEvent(sent), context));

const holding = (order: OrderView | undefined) => ({
  orderOf: async () => order,
  ordersOf: inert('ordersOf'),
});

const one: Sent = { route: '/orders/{orderId}', parameters: { orderId }, caller: customer };

describe('an order', () => {
  it('is shown to its owner, with the client secret while it awaits payment', async () => {
    const result = await send(one, { orders: holding(awaiting) });
    expect(result.statusCode).toBe(200);
    expect(result.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(result.body)).toMatchObject({
      orderId,
      status: 'awaiting_payment',
      total: { amount: 1390, currency: 'EUR' },
      clientSecret: 'pi_1_secret_2',
    });
  });

  it.each([
    ['to operations', { ...one, caller: operator }, awaiting],
    ['once it is paid', one, { ...awaiting, status: 'authorised' as const }],
    ['once it has expired', one, { ...awaiting, status: 'expired' as const }],
  ])('is shown without the client secret %s', async (_, sent, order) => {
    const result = await send(sent, { orders: holding(order) });
    expect(result.statusCode).toBe(200);
    expect(result.body).not.toContain('secret');
  });

  it.each([
    ['another customer’s', { ...one, caller: stranger }, awaiting],
    ['one that is not there', one, undefined],
  ])('is not found where it is %s', async (_, sent, order) => {
    for (const each of [
      sent,
      { ...sent, route: '/orders/{orderId}/timeline' },
      { ...sent, method: 'POST', route: '/orders/{orderId}/cancel' },
    ]) {
      expect(problemOf(await send(each, { orders: holding(order) }))).toMatchObject({
        status: 404,
        code: 'not-found',
      });
    }
  });

  it('is its third party’s by any of its keys, and payable by one that may check out', async () => {
    const theirs = { ...awaiting, customerId: subjectSchema.parse('partner:acme') };
    const paying = await send({ ...one, caller: partner }, { orders: holding(theirs) });
    expect(JSON.parse(paying.body)).toMatchObject({ orderId, clientSecret: 'pi_1_secret_2' });
    const reading = await send({ ...one, caller: readingPartner }, { orders: holding(theirs) });
    expect(reading.statusCode).toBe(200);
    expect(reading.body).not.toContain('secret');
  });

  it('of a customer is not found by a third party, nor one of a third party by a customer', async () => {
    expect(
      problemOf(await send({ ...one, caller: partner }, { orders: holding(awaiting) })),
    ).toMatchObject({ status: 404 });
    const theirs = { ...awaiting, customerId: subjectSchema.parse('partner:acme') };
    expect(problemOf(await send(one, { orders: holding(theirs) }))).toMatchObject({ status: 404 });
  });

  it.each([
    ['read', { ...one, caller: writingPartner }, 'orders:read'],
    [
      'read the timeline',
      { ...one, route: '/orders/{orderId}/timeline', caller: writingPartner },
      'orders:read',
    ],
    ['list', { route: '/orders', caller: writingPartner }, 'orders:read'],
    ['check out', { method: 'POST', route: '/orders', caller: readingPartner }, 'orders:write'],
    [
      'cancel',
      { ...one, method: 'POST', route: '/orders/{orderId}/cancel', caller: readingPartner },
      'orders:write',
    ],
  ] as const)('a key without the scope may not %s', async (_, sent, scope) => {
    expect(problemOf(await send(sent))).toMatchObject({
      status: 403,
      code: 'scope-missing',
      scope,
    });
  });

  it('is not looked for by an id that cannot be one', async () => {
    for (const wrong of ['1', orderId.replaceAll('0', 'A'), "'; drop table orders"]) {
      expect(problemOf(await send({ ...one, parameters: { orderId: wrong } }))).toMatchObject({
        status: 404,
      });
    }
  });

  it('is not for the warehouse', async () => {
    expect(problemOf(await send({ ...one, caller: worker }))).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
  });

  it('has a timeline', async () => {
    const entry = {
      sequence: 1,
      type: 'OrderPlaced',
      at: '2026-11-02T10:00:00.000Z',
      status: 'awaiting_payment',
      paymentStatus: 'pending',
    } as const;
    const result = await send(
      { ...one, route: '/orders/{orderId}/timeline' },
      { orders: holding(awaiting), timeline: { timelineOf: async () => [entry] } },
    );
    expect(JSON.parse(result.body)).toEqual({ orderId, entries: [entry] });
  });
});

describe('the history', () => {
  const list: Sent = { route: '/orders', caller: customer };

  it('holds the caller’s own orders, without secrets, and says how to go on', async () => {
    const ordersOf = vi.fn(async () => [awaiting]);
    const orders = { orderOf: inert('orderOf'), ordersOf };
    const result = await send({ ...list, query: { limit: ['1'] } }, { orders });
    expect(ordersOf).toHaveBeenCalledWith('anna', { limit: 1 });
    expect(result.body).not.toContain('secret');
    expect(JSON.parse(result.body)).toMatchObject({ orders: [{ orderId }], next: orderId });

    await send({ ...list, query: { before: [orderId] } }, { orders });
    expect(ordersOf).toHaveBeenLastCalledWith('anna', { limit: 20, before: orderId });
  });

  it.each([
    [{ limit: ['0'] }, '?limit'],
    [{ limit: ['101'] }, '?limit'],
    [{ limit: ['-1'] }, '?limit'],
    [{ limit: ['ten'] }, '?limit'],
    [{ before: ['yesterday'] }, '?before'],
    [{ customerId: ['mallory'] }, '?customerId'],
    [{ limit: ['1', '2'] }, '?limit'],
  ])('refuses %j', async (query, pointer) => {
    const problem = problemOf(await send({ ...list, query }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid-request' });
    expect(problem.errors?.[0]?.pointer).toBe(pointer);
  });
});

describe('cancelling', () => {
  const cancel: Sent = { ...one, method: 'POST', route: '/orders/{orderId}/cancel' };

  function cancelling(result: Awaited<ReturnType<CancelStore['cancelOrder']>>) {
    const cancelOrder = vi.fn<CancelStore['cancelOrder']>(async () => result);
    const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
    return {
      over: { orders: holding(awaiting), cancels: { cancelOrder }, nudge },
      cancelOrder,
      nudge,
    };
  }

  it('answers 200 and wakes the relays, with a reason or without a body', async () => {
    for (const [body, reason] of [
      [undefined, ''],
      [{}, ''],
      [{ reason: ' changed my mind ' }, 'changed my mind'],
    ] as const) {
      const { over, cancelOrder, nudge } = cancelling({ outcome: 'cancelled' });
      const result = await send({ ...cancel, body }, over);
      expect(result.statusCode).toBe(200);
      expect(cancelOrder.mock.calls[0]?.[1]).toEqual({ subject: 'anna', role: 'customer', reason });
      expect(nudge.mailbox).toHaveBeenCalledTimes(1);
      expect(nudge.outbox).toHaveBeenCalledTimes(1);
    }
  });

  it('by operations is recorded as theirs', async () => {
    const { over, cancelOrder } = cancelling({ outcome: 'cancelled' });
    await send({ ...cancel, caller: operator }, over);
    expect(cancelOrder.mock.calls[0]?.[1]).toMatchObject({ subject: 'otto', role: 'operations' });
  });

  it('too late is 409 with the status that no longer allows it', async () => {
    const { over, nudge } = cancelling({ outcome: 'too_late', status: 'delivered' });
    expect(problemOf(await send(cancel, over))).toMatchObject({
      status: 409,
      code: 'too-late-to-cancel',
      orderStatus: 'delivered',
    });
    expect(nudge.outbox).not.toHaveBeenCalled();
  });

  describe('a packed order', () => {
    type Wish = Awaited<ReturnType<Dependencies['cancelRequests']['requestCancel']>>;
    type Parcel = Awaited<ReturnType<Dependencies['deliveries']['withdraw']>>;

    function packed(wish: Wish, parcel?: Parcel) {
      const order: string[] = [];
      const { over } = cancelling({ outcome: 'too_late', status: 'packed' });
      const requestCancel = async () => {
        order.push('wish');
        return wish;
      };
      const withdraw = vi.fn(async (): Promise<Parcel> => {
        order.push('withdraw');
        if (parcel === undefined) throw new Error('withdraw must not be called');
        return parcel;
      });
      const clearCancelRequest = vi.fn(async () => undefined);
      const cancelRequests = { requestCancel, clearCancelRequest };
      return {
        order,
        withdraw,
        clearCancelRequest,
        run: () => send(cancel, { ...over, cancelRequests, deliveries: { withdraw } }),
      };
    }

    it('has its parcel withdrawn, or told to be before there is one, the wish written first', async () => {
      for (const parcel of [{ outcome: 'withdrawn' }, { outcome: 'not_found' }] as const) {
        const { run, order, withdraw, clearCancelRequest } = packed(
          { outcome: 'requested' },
          parcel,
        );
        const result = await run();
        expect(result.statusCode).toBe(202);
        expect(JSON.parse(result.body)).toEqual({ orderId, status: 'cancelling' });
        expect(order).toEqual(['wish', 'withdraw']);
        expect(withdraw).toHaveBeenCalledWith(`${orderId}.1`, expect.any(Date));
        expect(clearCancelRequest).not.toHaveBeenCalled();
      }
    });

    it('is not cancelled once a courier has the parcel, and the wish is void', async () => {
      const { run, clearCancelRequest } = packed(
        { outcome: 'requested' },
        { outcome: 'too_late', status: 'accepted' },
      );
      expect(problemOf(await run())).toMatchObject({
        status: 409,
        code: 'too-late-to-cancel',
        orderStatus: 'out_for_delivery',
      });
      expect(clearCancelRequest).toHaveBeenCalledWith(orderId, expect.any(Date));
    });

    it.each([
      [{ outcome: 'cancelled' as const }, 200],
      [{ outcome: 'too_late' as const, status: 'out_for_delivery' as const }, 409],
      [{ outcome: 'not_found' as const }, 404],
    ])('that meanwhile is %j touches no parcel', async (wish, status) => {
      expect(await packed(wish).run()).toMatchObject({ statusCode: status });
    });
  });

  it.each([{ reason: 'x'.repeat(501) }, { reason: 7 }, { reason: 'a\u0000b' }, { refund: true }])(
    'with %j changes nothing',
    async (body) => {
      const over = { orders: holding(awaiting) };
      expect(problemOf(await send({ ...cancel, body }, over))).toMatchObject({ status: 422 });
    },
  );
});
