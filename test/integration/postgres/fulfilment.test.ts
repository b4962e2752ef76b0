import { expect, test } from 'vitest';
import { PermanentFault } from '../../../domain/shared/errors.ts';
import { subjectSchema } from '../../../domain/shared/ids.ts';
import { untilBlocked, useDatabase } from '../../support/database.ts';
import { invariants, levelOf } from '../../support/invariants.ts';
import { at, intentOf, newOrderId, worker } from '../../support/shop.ts';

const db = useDatabase();
const other = subjectSchema.parse('worker-2');
const picked = [{ sku: 'MUG-1', quantity: 2 }];

async function opened() {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.confirmed([['MUG-1', 2]]);
  const key = { orderId, step: 'pick', round: 1 } as const;
  const { taskId } = await shop.warehouse.openPickTask(key, shop.wait('t'), at(1));
  return { orderId, key, taskId };
}

test('a retried wait opens no second task', async () => {
  const { shop } = db;
  const { key, taskId } = await opened();
  const again = await shop.warehouse.openPickTask(key, shop.wait('t2', { retryCount: 1 }), at(2));
  expect(again).toEqual({ taskId, ready: false });
  expect(await shop.warehouse.tasks({ limit: 10 })).toHaveLength(1);
});

test('one worker claims a task; the pieces leave the shelf once', async () => {
  const { shop, admin } = db;
  const { orderId, taskId } = await opened();
  expect(await shop.warehouse.complete(taskId, worker, picked, at(2))).toEqual({
    outcome: 'not_yours',
  });
  const claims = await Promise.all([
    shop.warehouse.claim(taskId, worker, at(3)),
    shop.warehouse.claim(taskId, other, at(3)),
  ]);
  expect(claims.map((each) => each.outcome).sort()).toEqual(['claimed', 'taken']);
  const [mine, theirs] = claims[0]?.outcome === 'claimed' ? [worker, other] : [other, worker];
  expect((await shop.warehouse.claim(taskId, mine, at(4))).outcome).toBe('claimed');
  expect(await shop.warehouse.complete(taskId, theirs, picked, at(5))).toEqual({
    outcome: 'not_yours',
  });
  expect(
    await shop.warehouse.complete(taskId, mine, [{ sku: 'MUG-1', quantity: 1 }], at(5)),
  ).toEqual({ outcome: 'mismatch', expected: picked });
  const answers = await Promise.all(
    [1, 2, 3].map(() => shop.warehouse.complete(taskId, mine, picked, at(6))),
  );
  expect(answers).toEqual(Array(3).fill({ outcome: 'packed' }));
  expect(await shop.warehouse.complete(taskId, theirs, picked, at(7))).toEqual({
    outcome: 'closed',
    status: 'packed',
  });
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 3, reserved: 0 });
  expect(await shop.cancelIt(orderId, at(8))).toEqual({ outcome: 'too_late', status: 'packed' });
  await invariants(admin);
});

test('an order cancelled while it is picked: its task closes, the wait gets its outcome', async () => {
  const { shop, admin } = db;
  const { orderId, key, taskId } = await opened();
  await shop.warehouse.claim(taskId, worker, at(2));
  expect(await shop.cancelIt(orderId, at(3))).toEqual({ outcome: 'cancelled' });
  expect(await shop.warehouse.complete(taskId, worker, picked, at(4))).toEqual({
    outcome: 'closed',
    status: 'cancelled',
  });
  expect(await shop.warehouse.claim(taskId, other, at(4))).toEqual({
    outcome: 'closed',
    status: 'cancelled',
  });
  expect(await shop.mailbox.leaseDeliveries(10, at(5), at(60))).toMatchObject([
    { ...key, token: 't', outcome: { outcome: 'cancelled' } },
  ]);
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 5, reserved: 0 });
  await invariants(admin);
});

test('an order cancelled before its pick is opened: the wait gets its outcome at once', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const confirmed = await shop.confirmed([['MUG-1', 2]]);
  const authorised = await shop.ordered([['MUG-1', 2]]);
  await shop.webhook(authorised, 'authorised', at(0));
  for (const orderId of [confirmed, authorised]) {
    await shop.cancelIt(orderId, at(1));
    const key = { orderId, step: 'pick', round: 1 } as const;
    expect(await shop.warehouse.openPickTask(key, shop.wait('t'), at(2))).toMatchObject({
      ready: true,
    });
  }
  expect(await shop.warehouse.tasks({ limit: 10 })).toEqual([]);
});

test('cancel and complete at the same moment: whoever commits first wins, the goods are right', async () => {
  const { shop, admin } = db;
  const { orderId, taskId } = await opened();
  await shop.warehouse.claim(taskId, worker, at(2));
  const { cancelled } = await admin.begin(async (transaction) => {
    await transaction`select kassa.complete_pick_task(${taskId}, ${worker},
      ${JSON.stringify(picked)}::text::jsonb, ${at(3)})`;
    const answer = shop.cancelIt(orderId, at(3));
    await untilBlocked(admin);
    return { cancelled: answer };
  });
  expect(await cancelled).toEqual({ outcome: 'too_late', status: 'packed' });
  expect(await levelOf(admin, 'MUG-1')).toEqual({ onHand: 3, reserved: 0 });
  await invariants(admin);
});

test('tasks come in pages, oldest first', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 50 });
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const orderId = await shop.confirmed([['MUG-1', 1]]);
    const key = { orderId, step: 'pick', round: 1 } as const;
    const task = await shop.warehouse.openPickTask(key, shop.wait('t'), at(index));
    ids.push(task.taskId);
  }
  const first = await shop.warehouse.tasks({ limit: 3 });
  const after = first.at(-1)?.taskId;
  if (after === undefined) throw new Error('no page');
  const second = await shop.warehouse.tasks({ limit: 3, after });
  expect([...first, ...second].map((each) => each.taskId)).toEqual(ids);
});

test('capture is recorded once, and only of an authorised payment', async () => {
  const { shop, admin } = db;
  const { orderId, taskId } = await opened();
  const capture = { ...shop.order(orderId), amount: 2390 };
  await shop.warehouse.claim(taskId, worker, at(2));
  await shop.warehouse.complete(taskId, worker, picked, at(3));
  await expect(
    shop.payments.recordCapture({ ...capture, amount: 2391 }, at(4)),
  ).rejects.toBeInstanceOf(PermanentFault);
  expect(await shop.payments.recordCapture(capture, at(4))).toEqual({ outcome: 'recorded' });
  expect(await shop.payments.recordCapture(capture, at(5))).toEqual({ outcome: 'recorded' });
  await expect(shop.payments.recordCapture({ ...capture, amount: 1 }, at(6))).rejects.toMatchObject(
    { name: 'PermanentFault', code: 'state_conflict' },
  );
  await expect(
    shop.payments.recordVoided({ ...capture, paymentIntentId: intentOf(orderId) }, at(7)),
  ).rejects.toMatchObject({ code: 'state_conflict' });
  expect(await shop.payments.markVoiding(capture, at(8))).toEqual({ outcome: 'settled' });
  await invariants(admin);
});

test('"delivered" answers once; after everything is settled it becomes a finding', async () => {
  const { shop, admin } = db;
  const { orderId, taskId } = await opened();
  const delivered = { outcome: 'delivered' } as const;
  await shop.warehouse.claim(taskId, worker, at(2));
  await shop.warehouse.complete(taskId, worker, picked, at(3));
  await shop.deliveries.recordHandover(orderId, at(4));
  await shop.deliveries.recordHandover(orderId, at(4));
  expect(await shop.deliveries.recordOutcome(orderId, 1, delivered, at(5))).toBe('recorded');
  expect(await shop.deliveries.recordOutcome(orderId, 1, delivered, at(6))).toBe('already');
  await shop.fulfilment.completeOrder(shop.order(orderId), at(7));
  await shop.fulfilment.completeOrder(shop.order(orderId), at(8));
  expect(await shop.deliveries.recordOutcome(orderId, 2, delivered, at(9))).toBe('late');
  const findings = await admin`select kind from kassa.findings`;
  expect(findings.map((row) => row['kind'])).toEqual(['delivery_after_settled']);
  await shop.deliveries.recordHandover(orderId, at(10));
  expect((await shop.orders.orderOf(orderId))?.status).toBe('delivered');
  await invariants(admin);
});

test('confirming twice answers the same; an open order is not confirmed, an unknown one is permanent', async () => {
  const { shop } = db;
  await shop.seed({ 'MUG-1': 5 });
  const orderId = await shop.ordered([['MUG-1', 1]]);
  await expect(shop.payments.confirmOrder(shop.order(orderId), at(1))).rejects.toMatchObject({
    code: 'state_conflict',
  });
  await expect(shop.payments.markVoiding(shop.order(orderId), at(1))).rejects.toMatchObject({
    code: 'state_conflict',
  });
  await expect(shop.payments.confirmOrder(shop.order(newOrderId()), at(1))).rejects.toMatchObject({
    ...{ name: 'PermanentFault', code: 'order_unknown' },
  });
  await shop.webhook(orderId, 'authorised', at(2));
  for (const seconds of [3, 4]) {
    expect(await shop.payments.confirmOrder(shop.order(orderId), at(seconds))).toEqual({
      outcome: 'confirmed',
    });
  }
});
