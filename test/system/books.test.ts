import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { ask, until } from '../../local/demo/http.ts';
import { addressesSchema, type Shop, startShop } from '../support/running-shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

const sku = 'TAB-PLT-27';
const minutes = 60;

async function placed(customer: string): Promise<string> {
  const { orderId } = await shop.world.placeOrder(customer, [{ sku, quantity: 1 }]);
  return orderId;
}

function reaches(customer: string, orderId: string, status: string) {
  return until(
    `the order to be ${status}`,
    () => shop.world.order(customer, orderId),
    (seen) => seen.status === status,
    120,
  );
}

const rowSchema = z.object({ kind: z.string(), order_id: z.string().nullable() });
async function findings() {
  return z
    .array(rowSchema)
    .parse(
      await shop.sql`SELECT kind, order_id FROM findings WHERE resolved_at IS NULL ORDER BY kind`,
    );
}

/** A call of Step Functions' own API, as the console makes it. */
async function stepFunctions<T>(action: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
  const { sfn } = await ask(`${shop.cloud.controlUrl}/addresses`, addressesSchema);
  const response = await fetch(sfn, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${action}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/states/aws4_request',
    },
    body: JSON.stringify(body),
  });
  return schema.parse(await response.json());
}

/** One run of the nightly comparison, started as its schedule does. Answers its execution. */
async function reconcile(): Promise<string> {
  const machines = z.object({
    stateMachines: z.array(z.looseObject({ stateMachineArn: z.string() })),
  });
  const { stateMachines } = await stepFunctions('ListStateMachines', {}, machines);
  const found = stateMachines.find(({ stateMachineArn }) =>
    stateMachineArn.endsWith('-reconciliation'),
  );
  const started = await stepFunctions(
    'StartExecution',
    { stateMachineArn: found?.stateMachineArn, name: randomUUID(), input: '{}' },
    z.looseObject({ executionArn: z.string() }),
  );
  return started.executionArn;
}

async function statusOf(executionArn: string): Promise<string> {
  const described = z.looseObject({ status: z.string() });
  return (await stepFunctions('DescribeExecution', { executionArn }, described)).status;
}

function untilSucceeded(executionArn: string) {
  return until(
    'the comparison to end well',
    () => statusOf(executionArn),
    (status) => status === 'SUCCEEDED',
    120,
  );
}

test('webhooks stop while customers pay: expiry brakes, asks Stripe, and expires nothing that was paid', async () => {
  await shop.world.holdWebhooks();
  const customers = ['payer', 'idler-1', 'idler-2', 'idler-3', 'idler-4', 'late-payer'];
  const orders = new Map<string, string>();
  for (const customer of customers) orders.set(customer, await placed(customer));
  const orderOf = (customer: string) => orders.get(customer) ?? '';
  for (const payer of ['payer', 'late-payer']) {
    expect(await shop.world.pay(payer, orderOf(payer), 'pm_card_visa')).toBe(200);
  }
  await shop.world.advanceClock(17 * minutes);
  try {
    for (const payer of ['payer', 'late-payer']) await reaches(payer, orderOf(payer), 'confirmed');
    for (const idler of customers.filter((each) => each.startsWith('idler'))) {
      await reaches(idler, orderOf(idler), 'expired');
    }
    const fed = z
      .array(z.object({ order_id: z.string() }))
      .parse(
        await shop.sql`SELECT order_id FROM webhook_inbox WHERE event_id LIKE 'evt\_kassa\_%' ORDER BY order_id`,
      );
    expect(fed.map((row) => row.order_id)).toEqual(
      [orderOf('payer'), orderOf('late-payer')].sort(),
    );
    expect((await findings()).map(({ kind }) => kind)).toEqual(['webhooks_silent']);
    const expired = await shop.sql`SELECT order_id FROM outbox WHERE type = 'OrderExpired'
      AND order_id = ANY (${[orderOf('payer'), orderOf('late-payer')]}::uuid[])`;
    expect(expired).toHaveLength(0);
  } finally {
    await shop.world.releaseWebhooks();
  }
  await shop.world.advanceClock(2 * minutes);
  for (const payer of ['payer', 'late-payer']) {
    expect(await shop.world.order(payer, orderOf(payer))).toMatchObject({ status: 'confirmed' });
  }
}, 240_000);

test('the nightly comparison learns of a refund nobody told of, and finds a capture made in the dashboard', async () => {
  const [refunded, captured] = [await placed('refunded'), await placed('captured')];
  for (const [customer, orderId] of [
    ['refunded', refunded],
    ['captured', captured],
  ] as const) {
    await shop.world.pay(customer, orderId, 'pm_card_visa');
    await reaches(customer, orderId, 'confirmed');
  }
  await shop.world.pickAndPack('picker', refunded);
  await until(
    'the capture',
    () => shop.world.order('refunded', refunded),
    (seen) => seen.paymentStatus === 'captured',
  );
  const control = `${shop.world.at.stripe}/_control`;
  await ask(`${control}/webhooks/drop`, z.unknown(), { body: { count: 100 } });
  await ask(`${control}/refunds`, z.unknown(), {
    body: { payment_intent: shop.world.intentOf(refunded), amount: 123 },
  });
  await ask(
    `${shop.world.at.stripe}/v1/payment_intents/${shop.world.intentOf(captured)}/capture`,
    z.unknown(),
    { form: {}, headers: { authorization: `Bearer ${shop.world.keys.secret}` } },
  );
  await shop.world.advanceClock(6 * minutes);
  const run = await reconcile();
  const refunds = await until(
    'the refund to be on the books',
    async () =>
      z
        .array(z.object({ amount: z.coerce.number(), requested_by: z.string() }))
        .parse(
          await shop.sql`SELECT amount, requested_by FROM refunds WHERE order_id = ${refunded}`,
        ),
    (rows) => rows.length > 0,
  );
  expect(refunds).toEqual([{ amount: 123, requested_by: 'stripe' }]);
  const before = (await findings()).filter(({ order_id }) => order_id === captured);
  expect(before, 'it may be on its way').toEqual([]);

  await until(
    'the comparison to wait for what is late',
    async () => {
      await shop.world.advanceClock(12 * minutes);
      return statusOf(run);
    },
    (status) => status !== 'RUNNING',
    120,
  );
  await untilSucceeded(run);
  const found = (await findings()).filter(({ order_id }) => order_id !== null);
  expect(found).toEqual([
    { kind: 'captured_differs', order_id: captured },
    { kind: 'status_differs', order_id: captured },
  ]);
  await until(
    'somebody to be told of them',
    () => shop.sql`SELECT 1 FROM findings WHERE heard_at IS NULL`,
    (unheard) => unheard.length === 0,
    120,
  );
}, 240_000);
