import { describe, expect, it, vi } from 'vitest';
import { checkoutInputSchema } from '../../../domain/orders/steps.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { addressIdSchema } from '../../../domain/shared/ids.ts';
import { bodyHash } from '../../../functions/orders-api/body-hash.ts';
import type { Dependencies } from '../../../functions/orders-api/dependencies.ts';
import { ordersApi } from '../../../functions/orders-api/index.ts';
import {
  context,
  courier,
  customer,
  inert,
  orderId,
  problemOf,
  proxyEvent,
  type Sent,
} from './support.ts';

const body = {
  items: [
    { sku: 'TEA-1', quantity: 2 },
    { sku: 'CUP-7', quantity: 1 },
  ],
  shippingAddress: {
    recipient: 'Anna Example',
    line1: 'Hauptstraße 1',
    postalCode: '10115',
    city: 'Berlin',
    country: 'DE',
  },
};
const order: Sent = {
  method: 'POST',
  route: '/orders',
  caller: customer,
  headers: { 'Idempotency-Key': 'first-checkout' },
  body,
};
const placed = {
  outcome: 'placed',
  orderId,
  generation: 1,
  total: 1390,
  currency: 'EUR',
  expiresAt: '2026-11-02T10:15:00.000Z',
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
    randomness: () => new Uint8Array(10).fill(0xab),
    ...over,
  };
}

/** A shop whose checkout machine answers `output`. */
function shop(output: unknown) {
  const checkout = vi.fn(async (_input: unknown): Promise<unknown> => output);
  const dependencies = fakes({
    addresses: {
      keepAddress: async () => addressIdSchema.parse('01900000-0000-7000-8000-00000000000a'),
    },
    machines: { checkout },
  });
  return {
    checkout,
    send: (sent: Sent) => ordersApi(() => dependencies)(proxyEvent(sent), context),
  };
}

/** What comes back where nothing may be touched. */
async function refused(sent: Sent) {
  return problemOf(await ordersApi(() => fakes())(proxyEvent(sent), context));
}

describe('a checkout', () => {
  it('answers 201 with the order, its total and where it is', async () => {
    const result = await shop(placed).send(order);
    expect(result.statusCode).toBe(201);
    expect(result.headers).toMatchObject({
      'content-type': 'application/json',
      location: `/staging/orders/${orderId}`,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-correlation-id': 'request-1',
    });
    expect(JSON.parse(result.body)).toEqual({
      orderId,
      total: { amount: 1390, currency: 'EUR' },
      expiresAt: '2026-11-02T10:15:00.000Z',
    });
  });

  it('answers the same POST sent twice with the same bytes', async () => {
    const { send } = shop(placed);
    expect(await send(order)).toEqual(await send(order));
  });

  it('hands the machine a parsed input, without the address', async () => {
    const { checkout, send } = shop(placed);
    await send({
      ...order,
      headers: { 'idempotency-key': 'first-checkout', 'X-Correlation-Id': 'shop:42' },
    });
    const input = checkoutInputSchema.parse(checkout.mock.calls[0]?.[0]);
    expect(input).toMatchObject({
      customerId: 'anna',
      idempotencyKey: 'first-checkout',
      correlationId: 'shop:42',
      shortagePolicy: 'nothing',
    });
    expect(input.orderId[14]).toBe('7');
    expect(JSON.stringify(input)).not.toContain('Hauptstra');
  });

  it('hashes what the body means, not how it is written', async () => {
    const { checkout, send } = shop(placed);
    await send(order);
    await send({
      ...order,
      body: `{ "shortagePolicy":"nothing", "shippingAddress" : ${JSON.stringify(
        Object.fromEntries(Object.entries(body.shippingAddress).reverse()),
      )},\n"items":${JSON.stringify(body.items)}}`,
    });
    await send({ ...order, body: { ...body, shortagePolicy: 'partial' } });
    const [first, second, third] = checkout.mock.calls.map(
      ([input]) => checkoutInputSchema.parse(input).bodyHash,
    );
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});

it('the hash of a body is the same whatever the order of its members', () => {
  expect(bodyHash({ b: [1, { d: 1, c: undefined }], a: null })).toBe(
    bodyHash({ a: null, b: [1, { d: 1 }] }),
  );
  expect(bodyHash({ a: [1, 2] })).not.toBe(bodyHash({ a: [2, 1] }));
  expect(bodyHash({ a: '1' })).not.toBe(bodyHash({ a: 1 }));
});

describe('a checkout that the machine refuses', () => {
  it.each([
    [
      { outcome: 'short', shortages: [{ sku: 'TEA-1', requested: 2, available: 1 }] },
      409,
      'out-of-stock',
      { shortages: [{ sku: 'TEA-1', requested: 2, available: 1 }] },
    ],
    [
      { outcome: 'total_changed', total: { amount: 1500, currency: 'EUR' } },
      409,
      'total-changed',
      { total: { amount: 1500, currency: 'EUR' } },
    ],
    [{ outcome: 'key_reused' }, 422, 'idempotency-key-reused', {}],
    [{ outcome: 'unknown_sku', skus: ['CUP-7'] }, 422, 'unknown-products', { skus: ['CUP-7'] }],
    [
      { outcome: 'mixed_currencies', currencies: ['EUR', 'USD'] },
      422,
      'mixed-currencies',
      { currencies: ['EUR', 'USD'] },
    ],
    [
      {
        outcome: 'not_chargeable',
        total: { amount: 20, currency: 'EUR' },
        reason: 'below_minimum',
        limit: 50,
      },
      422,
      'not-chargeable',
      { reason: 'below_minimum', limit: 50 },
    ],
  ])('says so: %j', async (output, status, code, members) => {
    const problem = problemOf(await shop(output).send(order));
    expect(problem).toMatchObject({ status, code, ...members });
  });

  it.each([
    ['Stripe is down', { outcome: 'unavailable' }, 'payment-unavailable'],
    ['the machine failed or timed out', undefined, 'outcome-unknown'],
  ])('is 503 with Retry-After where %s', async (_, output, code) => {
    const result = await shop(output).send(order);
    expect(problemOf(result)).toMatchObject({ status: 503, code });
    expect(Number(result.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('is 503 where a store cannot be reached, 500 where we do not know why, and says nothing of either', async () => {
    for (const [error, status] of [
      [new TransientFault('db', 'host db.internal refused'), 503],
      [new Error('select secret from customers'), 500],
    ] as const) {
      const failing = fakes({ addresses: { keepAddress: () => Promise.reject(error) } });
      const result = await ordersApi(() => failing)(proxyEvent(order), context);
      expect(result.statusCode).toBe(status);
      expect(result.body).not.toMatch(/internal refused|secret/);
    }
  });
});

describe('a checkout whose request is wrong changes nothing:', () => {
  it.each([
    ['no key', { headers: {} }, 400, 'idempotency-key-missing'],
    ['a short key', { headers: { 'Idempotency-Key': 'short' } }, 400, 'idempotency-key-malformed'],
    [
      'a key with spaces (or two keys)',
      { headers: { 'Idempotency-Key': 'first-key, second-key' } },
      400,
      'idempotency-key-malformed',
    ],
    [
      'a key of 256 characters',
      { headers: { 'Idempotency-Key': 'k'.repeat(256) } },
      400,
      'idempotency-key-malformed',
    ],
    ['nobody signed in', { caller: undefined }, 401, 'unauthenticated'],
    ['a courier', { caller: courier }, 403, 'forbidden'],
    ['JSON cut short', { body: '{"items": [' }, 400, 'malformed-json'],
    ['an empty body', { body: '' }, 400, 'malformed-json'],
    [
      'bytes that are not UTF-8',
      { body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]) },
      400,
      'malformed-encoding',
    ],
    ['a body of 64 KiB and a byte', { body: ' '.repeat(65_537) }, 413, 'body-too-large'],
    ['the same behind base64', { body: Buffer.from(' '.repeat(65_537)) }, 413, 'body-too-large'],
  ])('%s', async (_, over, status, code) => {
    expect(await refused({ ...order, ...over })).toMatchObject({ status, code });
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded'],
    ['text', 'text/plain'],
    ['another charset', 'application/json; charset=utf-16'],
    ['no media type', ''],
  ])('%s in place of JSON', async (_, type) => {
    const headers = { ...order.headers, 'Content-Type': type };
    expect(await refused({ ...order, headers })).toMatchObject({
      status: 415,
      code: 'unsupported-media-type',
    });
  });

  it('a compressed body', async () => {
    const headers = { ...order.headers, 'Content-Encoding': 'gzip' };
    expect(await refused({ ...order, headers })).toMatchObject({ status: 415 });
  });

  const [first] = body.items;
  it.each([
    ['no items', { ...body, items: [] }, '#/items'],
    ['items that are no list', { ...body, items: { 0: first } }, '#/items'],
    ['51 lines', { ...body, items: Array(51).fill(first) }, '#/items'],
    [
      'a quantity as a string',
      { ...body, items: [{ sku: 'TEA-1', quantity: '2' }] },
      '#/items/0/quantity',
    ],
    [
      'a negative quantity',
      { ...body, items: [{ sku: 'TEA-1', quantity: -1 }] },
      '#/items/0/quantity',
    ],
    ['none of it', { ...body, items: [{ sku: 'TEA-1', quantity: 0 }] }, '#/items/0/quantity'],
    ['half of it', { ...body, items: [{ sku: 'TEA-1', quantity: 0.5 }] }, '#/items/0/quantity'],
    [
      'a huge quantity',
      { ...body, items: [{ sku: 'TEA-1', quantity: 1e15 }] },
      '#/items/0/quantity',
    ],
    [
      'too many pieces over all lines',
      {
        ...body,
        items: Array.from({ length: 6 }, (_, n) => ({ sku: `TEA-${n}`, quantity: 999 })),
      },
      '#/items',
    ],
    ['an unspeakable SKU', { ...body, items: [{ sku: "'; --", quantity: 1 }] }, '#/items/0/sku'],
    [
      'a price sent by the client',
      { ...body, items: [{ ...first, unitPrice: 1 }] },
      '#/items/0/unitPrice',
    ],
    ['a total sent by the client', { ...body, total: 1 }, '#/total'],
    ['another customer named', { ...body, customerId: 'mallory' }, '#/customerId'],
    ['no address', { items: body.items }, '#/shippingAddress'],
    [
      'an address with a NUL in it',
      { ...body, shippingAddress: { ...body.shippingAddress, city: 'Ber\u0000lin' } },
      '#/shippingAddress/city',
    ],
    [
      'an endless address',
      { ...body, shippingAddress: { ...body.shippingAddress, line1: 'x'.repeat(201) } },
      '#/shippingAddress/line1',
    ],
    ['an unknown policy', { ...body, shortagePolicy: 'whatever' }, '#/shortagePolicy'],
    [
      'an unknown currency',
      { ...body, expectedTotal: { amount: 1, currency: 'XXX' } },
      '#/expectedTotal/currency',
    ],
    ['a list in place of the body', [body], '#'],
    ['null in place of the body', null, '#'],
    ['a number in place of the body', 7, '#'],
  ])('%s', async (_, wrong, pointer) => {
    const problem = await refused({ ...order, body: wrong });
    expect(problem).toMatchObject({ status: 422, code: 'invalid-request' });
    expect(problem.errors?.map((each) => each.pointer)).toContain(pointer);
  });

  it('a prototype in the body', async () => {
    const sent = JSON.stringify(body).replace('{', '{"__proto__":{"shortagePolicy":"partial"},');
    expect(await refused({ ...order, body: sent })).toMatchObject({ status: 422 });
  });

  it('thousands of wrong lines, of which only the first are told', async () => {
    const problem = await refused({ ...order, body: { ...body, items: Array(8000).fill(1) } });
    expect(problem.errors?.length).toBeLessThanOrEqual(20);
  });

  it('a value that is wrong is not sent back', async () => {
    const wrong = { ...body, shippingAddress: { ...body.shippingAddress, phone: '0151-SECRET' } };
    expect(JSON.stringify(await refused({ ...order, body: wrong }))).not.toContain('SECRET');
  });

  it('an unknown method, with those that are known', async () => {
    const result = await ordersApi(() => fakes())(
      proxyEvent({ ...order, method: 'DELETE' }),
      context,
    );
    expect(problemOf(result)).toMatchObject({ status: 405, code: 'method-not-allowed' });
    expect(result.headers['allow']).toBe('POST, GET');
  });

  it('an unknown route', async () => {
    expect(await refused({ ...order, route: '/order' })).toMatchObject({
      status: 404,
      code: 'route-not-found',
    });
  });

  it('a correlation id that would break the logs: the request’s own is used', async () => {
    const result = await ordersApi(() => fakes())(
      proxyEvent({ ...order, headers: { 'X-Correlation-Id': 'a\nb', 'Idempotency-Key': 'x' } }),
      context,
    );
    expect(result.headers['x-correlation-id']).toBe('request-1');
  });
});
