import { beforeAll, expect, test } from 'vitest';
import { refundTransitions } from '../../../domain/payments/status.ts';
import type { OrderId } from '../../../domain/shared/ids.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants } from '../../support/invariants.ts';
import { at } from '../../support/shop.ts';
import { createWays, manager, type Ways } from '../../support/ways.ts';

const db = useDatabase();
let ways: Ways;
beforeAll(() => {
  ways = createWays(db.sql);
});

/** Two mugs and their shipping: 23.90. */
async function paid(): Promise<OrderId> {
  await ways.seed({ 'MUG-1': 9 });
  return ways.captured([['MUG-1', 2]]);
}

const ask = (orderId: OrderId, key: string, amount?: number) =>
  ways.refunds.requestRefund(orderId, { amount, reason: 'broken', key }, manager, at(20));

async function refund(orderId: OrderId, key: string, amount?: number) {
  const result = await ask(orderId, key, amount);
  if (result.outcome !== 'requested') throw new Error(`not requested: ${result.outcome}`);
  return result.refund;
}

const record = (
  orderId: OrderId,
  refundId: Awaited<ReturnType<typeof refund>>['refundId'],
  status: 'pending' | 'succeeded' | 'failed',
  stripeRefundId: string | null = 're_1',
) =>
  ways.refunds.recordRefund(
    { ...ways.order(orderId), refundId, stripeRefundId, status, failureReason: null },
    at(30),
  );

const statusesOf = async (orderId: OrderId) =>
  (await ways.refunds.refundsOf(orderId)).map(({ amount, status, requestedBy }) => [
    amount,
    status,
    requestedBy,
  ]);

async function findings(kind: string): Promise<number> {
  const rows = await db.admin`select 1 from kassa.findings where kind = ${kind}`;
  return rows.length;
}

test('refunds together stay within what was captured, however many ask at once', async () => {
  const orderId = await paid();
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) => ask(orderId, `key-${index}`, 700)),
  );
  expect(answers.filter((each) => each.outcome === 'requested')).toHaveLength(3);
  expect(answers.find((each) => each.outcome !== 'requested')).toEqual({
    ...{ outcome: 'too_much', refundable: 290, currency: 'EUR' },
  });
  expect(await refund(orderId, 'the-rest')).toMatchObject({ amount: 290 });
  expect(await ask(orderId, 'nothing-left')).toMatchObject({ outcome: 'too_much' });
  await invariants(db.admin);
});

test('a refund asked for twice under one key is made once; the key stands for its request', async () => {
  const orderId = await paid();
  const answers = await Promise.all([1, 2, 3].map(() => ask(orderId, 'same-key', 500)));
  expect(answers).toEqual(Array(3).fill(answers[0]));
  expect(await ask(orderId, 'same-key', 600)).toEqual({ outcome: 'key_reused' });
  expect(await ask(orderId, 'same-key')).toEqual({ outcome: 'key_reused' });
  const runs = await db.admin`
    select 1 from kassa.outbox where kind = 'execution' and machine = 'settlement'`;
  expect(runs).toHaveLength(1);
});

test('nothing is refunded that was not captured', async () => {
  await ways.seed({ 'MUG-1': 9 });
  const orderId = await ways.packed([['MUG-1', 1]]);
  expect(await ask(orderId, 'too-early')).toEqual({
    outcome: 'not_captured',
    paymentStatus: 'authorised',
  });
});

test('a failed refund opens its amount again and tells a person, also when the bank changes its mind', async () => {
  const orderId = await paid();
  const { refundId } = await refund(orderId, 'first-key');
  expect(await record(orderId, refundId, 'pending')).toEqual({
    outcome: 'recorded',
    status: 'pending',
  });
  const told = (type: string, status: string) =>
    ways.told(
      orderId,
      type,
      { kind: 'refund', id: 're_1', amount: 2390, status, refundId },
      at(40),
    );
  expect(await told('refund.updated', 'succeeded')).toBe('applied');
  expect(await told('refund.created', 'pending'), 'out of order').toBe('already');
  expect((await ways.orders.orderOf(orderId))?.refundedAmount).toBe(2390);
  expect(await told('refund.failed', 'failed')).toBe('applied');
  expect(await told('refund.failed', 'failed')).toBe('already');
  expect(await findings('refund_failed')).toBe(1);
  expect((await ways.orders.orderOf(orderId))?.refundedAmount).toBe(0);
  expect(await record(orderId, refundId, 'succeeded'), 'the machine comes late').toEqual({
    outcome: 'recorded',
    status: 'failed',
  });
  expect(await refund(orderId, 'second-key')).toMatchObject({ amount: 2390 });
  await invariants(db.admin);
});

test('a refund Stripe refused without making it fails; one that Stripe told us of stands', async () => {
  const orderId = await paid();
  const refused = await refund(orderId, 'first-key', 500);
  expect(await record(orderId, refused.refundId, 'failed', null)).toMatchObject({
    status: 'failed',
  });
  const made = await refund(orderId, 'second-key', 600);
  await record(orderId, made.refundId, 'succeeded', 're_2');
  expect(await record(orderId, made.refundId, 'failed', null)).toMatchObject({
    status: 'succeeded',
  });
});

test("a refund made in Stripe's dashboard is in the books, once", async () => {
  const orderId = await paid();
  const told = (type: string) =>
    ways.told(
      orderId,
      type,
      { kind: 'refund', id: 're_9', amount: 1000, status: 'succeeded', refundId: null },
      at(40),
    );
  expect(await told('refund.created')).toBe('applied');
  expect(await told('refund.updated')).toBe('already');
  expect(await statusesOf(orderId)).toEqual([[1000, 'succeeded', 'stripe']]);
  expect(await ask(orderId, 'too-much', 1500)).toMatchObject({ refundable: 1390 });
  await invariants(db.admin);
});

test('a dashboard refund takes the money that ours asked for: ours fails and is told of', async () => {
  const orderId = await paid();
  await refund(orderId, 'small-key', 300);
  await refund(orderId, 'large-key', 2000);
  const object = { kind: 'refund', id: 're_9', amount: 2000, status: 'pending', refundId: null };
  expect(await ways.told(orderId, 'refund.created', object, at(40))).toBe('applied');
  const statuses = await statusesOf(orderId);
  expect(statuses).toContainEqual([2000, 'pending', 'stripe']);
  expect(statuses).toContainEqual([2000, 'failed', manager]);
  expect(await findings('refund_failed')).toBeGreaterThan(0);
  await invariants(db.admin);
});

test('the webhook comes before the machine recorded its refund: one row, not two', async () => {
  const orderId = await paid();
  const { refundId } = await refund(orderId, 'first-key');
  const object = { kind: 'refund', id: 're_1', amount: 2390, status: 'succeeded', refundId };
  expect(await ways.told(orderId, 'refund.created', object, at(25))).toBe('applied');
  expect(await record(orderId, refundId, 'pending')).toMatchObject({ status: 'succeeded' });
  expect(await ways.refunds.refundsOf(orderId)).toHaveLength(1);
});

test('a refund of money that is not on record as captured waits; of a void it is no news', async () => {
  await ways.seed({ 'MUG-1': 9 });
  const orderId = await ways.packed([['MUG-1', 1]]);
  const object = { kind: 'refund', id: 're_1', amount: 100, status: 'succeeded', refundId: null };
  expect(await ways.told(orderId, 'refund.created', object, at(25))).toBe('early');
  await ways.undelivered.unpackOrder({ orderId, generation: 1 }, at(26));
  await ways.payments.markVoiding(ways.order(orderId), at(27));
  expect(await ways.told(orderId, 'refund.created', object, at(28))).toBe('ignored');
  expect(await ways.refunds.refundsOf(orderId)).toEqual([]);
});

test('a refund nobody carried to Stripe is started again, under the next name once that one failed', async () => {
  const orderId = await paid();
  const { refundId } = await refund(orderId, 'first-key');
  const names = async (seconds: number) => {
    const entries = await ways.outbox.leaseOutbox(100, at(seconds), at(seconds + 30));
    const runs = entries.filter(
      (each) => each.kind === 'execution' && each.machine === 'settlement',
    );
    await ways.outbox.settleOutbox(
      runs.map(({ id }) => ({ id, result: 'failed_execution' as const })),
      at(seconds),
    );
    return runs.map((each) => (each.kind === 'execution' ? each.name : ''));
  };
  expect(await names(30)).toEqual([`${refundId}.1`]);
  expect(await ways.expiry.restartExecutions(at(100), 10)).toMatchObject({ settlements: 0 });
  expect(await ways.expiry.restartExecutions(at(1000), 10)).toMatchObject({ settlements: 1 });
  expect(await names(1001)).toEqual([`${refundId}.2`]);
  await record(orderId, refundId, 'pending');
  expect(await ways.expiry.restartExecutions(at(3000), 10)).toMatchObject({ settlements: 0 });
});

test('a dispute is kept, opened and closed once, whatever the order of its webhooks', async () => {
  const orderId = await paid();
  const told = (type: string, status: string, created: number) =>
    ways.told(
      orderId,
      type,
      { kind: 'dispute', id: 'du_1', amount: 2390, status, reason: 'fraudulent' },
      at(40),
      created,
    );
  expect(await told('charge.dispute.updated', 'under_review', 200)).toBe('applied');
  expect(await told('charge.dispute.created', 'needs_response', 100)).toBe('already');
  expect(await told('charge.dispute.closed', 'lost', 300)).toBe('applied');
  expect(await told('charge.dispute.closed', 'lost', 300)).toBe('already');
  expect(await told('charge.dispute.updated', 'under_review', 400)).toBe('already');
  const [dispute] = await db.admin`select status, amount from kassa.disputes`;
  expect(dispute).toMatchObject({ status: 'lost' });
  expect([await findings('dispute_opened'), await findings('dispute_lost')]).toEqual([1, 1]);
  const events = await db.admin`
    select type from kassa.outbox where type like 'Dispute%' order by sequence`;
  expect(events.map((row) => row['type'])).toEqual(['DisputeOpened', 'DisputeClosed']);
  expect((await ways.orders.orderOf(orderId))?.capturedAmount).toBe(2390);
  await invariants(db.admin);
});

test('refunds and disputes of intents that are not ours change nothing', async () => {
  const orderId = await paid();
  const object = { kind: 'refund', id: 're_8', amount: 5, paymentIntentId: 'pi_somebody_else' };
  expect(await ways.told(orderId, 'refund.created', object, at(40))).toBe('ignored');
  expect(await ways.refunds.refundsOf(orderId)).toEqual([]);
});

test('the transitions of a refund are those of the domain', async () => {
  const rows = await db.admin`
    select from_status || ' → ' || to_status as each from kassa.status_transitions
    where aggregate = 'refund'`;
  const domain = Object.entries(refundTransitions).flatMap(([from, targets]) =>
    targets.map((to) => `${from} → ${to}`),
  );
  expect(rows.map((row) => row['each']).sort()).toEqual(domain.sort());
});
