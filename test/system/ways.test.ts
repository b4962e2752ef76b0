import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { ask, send, until } from '../../local/demo/http.ts';
import { type Shop, startShop } from '../support/running-shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

const customer = 'ways-customer';
const address = {
  recipient: 'Ada Byron',
  line1: 'Torstrasse 1',
  postalCode: '10119',
  city: 'Berlin',
  country: 'DE',
};

async function call<T>(group: string, path: string, schema: z.ZodType<T>, body?: unknown) {
  const token = await shop.world.token(`ways-${group}`, group);
  return ask(`${shop.world.at.api}${path}`, schema, {
    token,
    ...(body === undefined ? {} : { body }),
  });
}

const orderSchema = z.looseObject({
  status: z.string(),
  paymentStatus: z.string(),
  capturedAmount: z.looseObject({ amount: z.int() }),
  refundedAmount: z.looseObject({ amount: z.int() }).optional(),
});

async function reaches(orderId: string, wanted: Partial<z.infer<typeof orderSchema>>) {
  return until(
    `the order to be ${JSON.stringify(wanted)}`,
    async () => orderSchema.parse(await shop.world.order(customer, orderId)),
    (seen) => Object.entries(wanted).every(([field, value]) => seen[field] === value),
  );
}

/** Refunds are on the books once Stripe's webhook came. */
async function isRefunded(orderId: string) {
  const rows = z.array(z.object({ status: z.string(), amount: z.coerce.number() }));
  return until(
    'the refund to succeed',
    async () =>
      rows.parse(await shop.sql`SELECT status, amount FROM refunds WHERE order_id = ${orderId}`),
    (refunds) => refunds.some(({ status }) => status === 'succeeded'),
  );
}

async function confirmed(sku: string, quantity: number): Promise<string> {
  const answer = await ask(`${shop.world.at.api}/orders`, z.looseObject({ orderId: z.string() }), {
    token: await shop.world.token(customer, 'customer'),
    headers: { 'idempotency-key': randomUUID() },
    body: { items: [{ sku, quantity }], shippingAddress: address, shortagePolicy: 'partial' },
  });
  await shop.world.pay(customer, answer.orderId, 'pm_card_visa');
  await reaches(answer.orderId, { status: 'confirmed' });
  return answer.orderId;
}

const tasks = z.looseObject({
  tasks: z.array(z.looseObject({ taskId: z.string(), orderId: z.string() })),
});
const deliveries = z.looseObject({
  deliveries: z.array(
    z.looseObject({ deliveryId: z.string(), orderId: z.string(), attempt: z.int() }),
  ),
});

async function deliveryOf(orderId: string, attempt: number): Promise<string> {
  const found = await until(
    `attempt ${attempt}`,
    async () => {
      const page = await call('courier', '/courier/deliveries?limit=100', deliveries);
      return page.deliveries.find((one) => one.orderId === orderId && one.attempt === attempt);
    },
    (seen) => seen !== undefined,
  );
  return found?.deliveryId ?? '';
}

async function stockOf(sku: string) {
  const [row] = z
    .array(z.object({ on_hand: z.int(), reserved: z.int() }))
    .parse(await shop.sql`SELECT on_hand, reserved FROM stock WHERE sku = ${sku}`);
  return row;
}

async function openFindings(orderId: string) {
  return shop.sql`SELECT kind FROM findings WHERE order_id = ${orderId} AND resolved_at IS NULL`;
}

test('lost on its way: refunded, and nothing is put back on the shelf', async () => {
  const sku = 'TAB-PLT-27';
  const before = await stockOf(sku);
  const orderId = await confirmed(sku, 1);
  await shop.world.pickAndPack('ways-picker', orderId);
  const path = `/courier/deliveries/${await deliveryOf(orderId, 1)}`;
  await call('courier', `${path}/accept`, z.unknown(), {});
  await call('courier', `${path}/lost`, z.unknown(), {});
  await reaches(orderId, { status: 'lost' });
  expect((await stockOf(sku))?.on_hand).toBe((before?.on_hand ?? 0) - 1);
  expect(await isRefunded(orderId)).toHaveLength(1);
}, 120_000);

test('one of two pieces cannot be found: the other is packed, and pays for itself and the shipping', async () => {
  const sku = 'TAB-PLT-21';
  const orderId = await confirmed(sku, 2);
  const task = await until(
    'the pick task',
    async () => {
      const page = await call('warehouse', '/warehouse/tasks?limit=100', tasks);
      return page.tasks.find((one) => one.orderId === orderId);
    },
    (seen) => seen !== undefined,
  );
  const path = `/warehouse/tasks/${task?.taskId}`;
  await call('warehouse', `${path}/claim`, z.unknown(), {});
  await call('warehouse', `${path}/complete`, z.unknown(), {
    picked: [{ sku, quantity: 1 }],
    missing: true,
  });
  const total = z.array(z.object({ unit: z.coerce.number(), shipping: z.coerce.number() })).parse(
    await shop.sql`SELECT l.unit_price AS unit, o.shipping_total AS shipping FROM orders o
        JOIN order_lines l USING (order_id) WHERE o.order_id = ${orderId}`,
  )[0];
  const wanted = (total?.unit ?? 0) + (total?.shipping ?? 0);
  const seen = await reaches(orderId, { paymentStatus: 'captured' });
  expect(seen.capturedAmount.amount).toBe(wanted);
}, 120_000);

test('Stripe refuses the capture, since the payment was canceled after packing: unpacked and voided', async () => {
  const sku = 'TAB-BWL-16';
  const before = await stockOf(sku);
  const orderId = await confirmed(sku, 1);
  const [payment] = z
    .array(z.object({ intent: z.string() }))
    .parse(
      await shop.sql`SELECT payment_intent_id AS intent FROM payments WHERE order_id = ${orderId}`,
    );
  await shop.world.holdWebhooks();
  try {
    const answer = await send(
      `${shop.world.at.stripe}/v1/payment_intents/${payment?.intent}/cancel`,
      { method: 'POST', headers: { authorization: `Bearer ${shop.world.keys.secret}` } },
    );
    expect(answer.status).toBe(200);
    await shop.world.pickAndPack('ways-picker', orderId);
    await reaches(orderId, { status: 'cancelled', paymentStatus: 'voided' });
    expect(await stockOf(sku)).toEqual(before);
  } finally {
    await shop.world.releaseWebhooks();
  }
  expect(await openFindings(orderId)).toEqual([]);
}, 120_000);
