import { randomUUID } from 'node:crypto';
import type Stripe from 'stripe';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLedgerStore } from '../../../adapters/postgres/ledger-store.ts';
import { createStripe } from '../../../adapters/stripe/client.ts';
import { createStripeLedger } from '../../../adapters/stripe/ledger.ts';
import { createPaymentProvider } from '../../../adapters/stripe/payment-provider.ts';
import type { OrderId, PaymentIntentId } from '../../../domain/shared/ids.ts';
import { refundIdSchema } from '../../../domain/shared/ids.ts';
import { compareBooks } from '../../../functions/compare-books/compare.ts';
import type { Dependencies } from '../../../functions/compare-books/dependencies.ts';
import { processInbox } from '../../../functions/inbox-processor/process.ts';
import { matchLedger } from '../../../functions/match-ledger/match.ts';
import { readLedger } from '../../../functions/read-ledger/read.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { type StripeSimulator, startStripeSimulator } from '../../../local/stripe/index.ts';
import { useDatabase } from '../../support/database.ts';
import { invariants } from '../../support/invariants.ts';
import { at, newOrderId, start, worker } from '../../support/shop.ts';
import { createWays, manager, type Ways } from '../../support/ways.ts';

const db = useDatabase();
const hour = 3600;
let clock: VirtualClock;
let simulator: StripeSimulator;
let stripe: Stripe;
let ways: Ways;
let books: Dependencies;

beforeAll(() => {
  ways = createWays(db.sql);
  const nudge = { inbox: async () => undefined };
  books = { books: createLedgerStore(db.sql), inbox: ways.inbox, nudge };
});
beforeEach(async () => {
  clock = new VirtualClock({ stoppedAt: start.getTime() });
  simulator = await startStripeSimulator({ clock, port: 0 });
  stripe = createStripe(simulator.secretKey, simulator.url, 2000);
  await ways.seed({ 'MUG-1': 50 });
});
afterEach(() => simulator.close());

const none = { asked: [], answers: [], mark: null };

/** One look at everything, as the machine goes about it. Answers the intents that were asked about. */
async function look(now: Date): Promise<readonly string[]> {
  const ledger = createStripeLedger(stripe);
  const asked: string[] = [];
  let page = await compareBooks(books, none, now);
  while (page.payments.length > 0 || page.mark !== null) {
    const { payments, mark } = page;
    asked.push(...payments.map(({ paymentIntentId }) => paymentIntentId));
    const { answers } = await readLedger(ledger, payments);
    page = await compareBooks(books, { asked: payments, answers, mark }, now);
  }
  let { next } = await matchLedger(books, { page: null }, now);
  while (next !== null) {
    ({ next } = await matchLedger(books, { page: await ledger.list(next) }, now));
  }
  return asked;
}

async function applyWhatCame(now: Date): Promise<void> {
  const nudge = { outbox: async () => undefined, mailbox: async () => undefined };
  await processInbox({ inbox: ways.inbox, nudge }, { now, remaining: () => 60_000 });
}

/** A night: a look, what was heard by it applied, and a look at what differed. */
async function night(seconds: number): Promise<void> {
  await look(at(seconds));
  await applyWhatCame(at(seconds + 60));
  await look(at(seconds + 660));
}

async function findings() {
  const rows = await db.admin`select kind, order_id as "orderId", detail from kassa.findings
    where resolved_at is null order by kind`;
  return rows.map((row) => ({ ...row }));
}

async function heard(): Promise<readonly unknown[]> {
  const rows = await db.admin`select event_id as id from kassa.webhook_inbox
    where event_id like 'evt\_kassa\_%' order by event_id`;
  return rows.map((row) => row['id']);
}

interface Known {
  readonly orderId: OrderId;
  readonly paymentIntentId: PaymentIntentId;
}

async function placed(): Promise<Known> {
  const orderId = newOrderId();
  await ways.place([['MUG-1', 1]], { orderId });
  const amount = { amount: 1390, currency: 'EUR' } as const;
  const provider = createPaymentProvider(stripe);
  const intent = await provider.createIntent({ orderId, generation: 1 }, amount);
  await ways.checkout.recordIntent({ ...ways.order(orderId), ...intent }, start);
  return { orderId, paymentIntentId: intent.paymentIntentId };
}

const pay = (paymentIntentId: string) =>
  stripe.paymentIntents.confirm(paymentIntentId, { payment_method: 'pm_card_visa' });

function told({ orderId, paymentIntentId }: Known, type: string, status: string) {
  const object = { kind: 'payment_intent', id: paymentIntentId, status, orderId, generation: 1 };
  return ways.told(orderId, type, object, start);
}

async function authorised(): Promise<Known> {
  const known = await placed();
  await pay(known.paymentIntentId);
  await told(known, 'payment_intent.amount_capturable_updated', 'requires_capture');
  return known;
}

async function captured(amount = 1390): Promise<Known> {
  const known = await authorised();
  await ways.payments.confirmOrder(ways.order(known.orderId), start);
  const taskId = await ways.claimed(known.orderId);
  await ways.warehouse.complete(taskId, worker, [{ sku: 'MUG-1', quantity: 1 }], at(12));
  await stripe.paymentIntents.capture(known.paymentIntentId, { amount_to_capture: amount });
  await ways.payments.recordCapture({ ...ways.order(known.orderId), amount }, at(13));
  return known;
}

async function refunded(known: Known, amount: number): Promise<string> {
  const key = randomUUID();
  const asked = { amount, reason: 'broken', key };
  const result = await ways.refunds.requestRefund(known.orderId, asked, manager, at(20));
  if (result.outcome !== 'requested') throw new Error(result.outcome);
  const refundId = refundIdSchema.parse(result.refund.refundId);
  const order = ways.order(known.orderId);
  const provider = createPaymentProvider(stripe);
  const made = await provider.refund({ ...order, ...known, refundId, amount });
  await ways.refunds.recordRefund({ ...order, refundId, ...made }, at(21));
  return made.stripeRefundId;
}

async function voided(): Promise<Known> {
  const known = await authorised();
  await ways.cancelIt(known.orderId, at(30));
  const order = ways.order(known.orderId);
  await ways.payments.markVoiding(order, at(31));
  await createPaymentProvider(stripe).cancelIntent(known.paymentIntentId, order);
  const { paymentIntentId } = known;
  await ways.payments.recordVoided({ ...order, paymentIntentId }, at(32));
  return known;
}

const nobodys = (amount: number) =>
  stripe.paymentIntents.create({
    ...{ amount, currency: 'eur', capture_method: 'manual', payment_method: 'pm_card_visa' },
    ...{ confirm: true, allowed_payment_method_types: ['card'] },
  });

test('clean books find nothing: open, paid, captured in part, refunded, disputed and voided payments', async () => {
  await placed();
  await authorised();
  await voided();
  const partly = await captured(1000);
  await refunded(partly, 300);
  await refunded(await captured(), 1390);
  const disputed = await captured();
  const dispute = simulator.control.dispute(disputed.paymentIntentId);
  const { amount, reason } = await stripe.disputes.retrieve(dispute);
  await ways.told(
    disputed.orderId,
    'charge.dispute.created',
    {
      ...{ kind: 'dispute', id: dispute, status: 'needs_response', amount, reason },
      paymentIntentId: disputed.paymentIntentId,
    },
    at(40),
  );
  const before = await findings();
  await night(24 * hour);
  await night(48 * hour);
  expect(await findings()).toEqual(before);
  expect(await heard()).toEqual([]);
  await invariants(db.admin);
});

test('a payment is compared once after it was touched, an open one every night', async () => {
  const open = await authorised();
  const closed = await captured();
  expect([...(await look(at(hour)))].sort()).toEqual(
    [open.paymentIntentId, closed.paymentIntentId].sort(),
  );
  expect(await look(at(2 * hour))).toEqual([]);
  expect(await look(at(25 * hour))).toEqual([open.paymentIntentId]);
  await refunded(closed, 100);
  expect(await look(at(26 * hour)), 'its refund was').toEqual([closed.paymentIntentId]);
});

test('every webhook of a payment was lost: the order learns of its money by night', async () => {
  const paid = await placed();
  await pay(paid.paymentIntentId);
  await look(at(600));
  expect(await heard()).toEqual([`evt_kassa_${paid.paymentIntentId}_requires_capture`]);
  await applyWhatCame(at(610));
  expect(await ways.orders.orderOf(paid.orderId)).toMatchObject({ status: 'authorised' });
  await look(at(600 + 660));
  expect(await findings()).toEqual([]);
});

test('an intent canceled in the dashboard while webhooks were lost gives its goods free', async () => {
  const paid = await authorised();
  await stripe.paymentIntents.cancel(paid.paymentIntentId);
  await night(24 * hour);
  expect(await ways.orders.orderOf(paid.orderId)).toMatchObject({
    status: 'cancelled',
    paymentStatus: 'voided',
  });
  expect(await findings()).toEqual([]);
});

test('a capture made in the dashboard differs, at the second look, with both sides’ figures, once', async () => {
  const { orderId, paymentIntentId } = await authorised();
  await stripe.paymentIntents.capture(paymentIntentId);
  await look(at(24 * hour));
  expect(await findings(), 'it may be on its way').toEqual([]);
  await db.admin`update kassa.payments set changed_at = ${at(24 * hour + 1)}`;
  expect(await look(at(24 * hour + 400)), 'touched again').toEqual([paymentIntentId]);
  expect(await findings(), 'ten minutes are not over').toEqual([]);
  await look(at(24 * hour + 660));
  const both = (kind: string, ours: unknown, stripes: unknown) => ({
    ...{ kind, orderId },
    detail: { paymentIntentId, ours, stripes },
  });
  const expected = [
    both('captured_differs', 0, 1390),
    both('status_differs', 'authorised', 'succeeded'),
  ];
  expect(await findings()).toEqual(expected);
  await night(48 * hour);
  await night(72 * hour);
  expect(await findings()).toEqual(expected);
});

test('what was only on its way is forgotten', async () => {
  const known = await authorised();
  await ways.payments.confirmOrder(ways.order(known.orderId), start);
  await ways.warehouse.complete(
    await ways.claimed(known.orderId),
    worker,
    [{ sku: 'MUG-1', quantity: 1 }],
    at(12),
  );
  await stripe.paymentIntents.capture(known.paymentIntentId);
  await look(at(24 * hour));
  const order = ways.order(known.orderId);
  await ways.payments.recordCapture({ ...order, amount: 1390 }, at(24 * hour + 1));
  await look(at(24 * hour + 660));
  await night(48 * hour);
  expect(await findings()).toEqual([]);
  expect(await db.admin`select * from kassa.reconciliation_suspects`).toHaveLength(0);
});

test('another amount at Stripe is found, once while that is open, however it changes', async () => {
  const { orderId, paymentIntentId } = await placed();
  await stripe.paymentIntents.update(paymentIntentId, { amount: 1391 });
  await night(hour);
  const expected = [
    {
      ...{ kind: 'amount_differs', orderId },
      detail: { paymentIntentId, ours: 1390, stripes: 1391 },
    },
  ];
  expect(await findings()).toEqual(expected);
  await stripe.paymentIntents.update(paymentIntentId, { amount: 1392 });
  await night(30 * hour);
  expect(await findings()).toEqual(expected);
});

test('a refund made in the dashboard that no webhook told of comes into the books, weeks after the order', async () => {
  const old = await captured();
  await night(24 * hour);
  await clock.advance(20 * 24 * hour * 1000);
  simulator.control.webhooks.drop(100);
  const refund = simulator.control.dashboardRefund(old.paymentIntentId, 500);
  await look(at(21 * 24 * hour));
  expect(await heard()).toEqual([`evt_kassa_${refund}_succeeded`]);
  await applyWhatCame(at(21 * 24 * hour + 60));
  expect(await ways.refunds.refundsOf(old.orderId)).toMatchObject([
    { amount: 500, status: 'succeeded', requestedBy: 'stripe' },
  ]);
  await night(22 * 24 * hour);
  expect(await findings()).toEqual([]);
});

test('a refund that is on our books and not at Stripe is found', async () => {
  const known = await captured();
  const real = await refunded(known, 200);
  await db.admin`update kassa.refunds set stripe_refund_id = 're_never' where stripe_refund_id = ${real}`;
  await night(24 * hour);
  expect(await findings()).toEqual([
    {
      ...{ kind: 'refunds_differ', orderId: known.orderId },
      detail: expect.objectContaining({ ours: 400, stripes: 200, count: 1 }),
    },
  ]);
});

test('a dispute that no webhook told of comes into the books', async () => {
  const known = await captured();
  await night(24 * hour);
  await clock.advance(30 * 24 * hour * 1000);
  const dispute = simulator.control.dispute(known.paymentIntentId);
  await night(60 * 24 * hour);
  const rows = await db.admin`select dispute_id as id, status from kassa.disputes`;
  expect(rows.map((row) => ({ ...row }))).toEqual([{ id: dispute, status: 'needs_response' }]);
  expect(await findings()).toMatchObject([{ kind: 'dispute_opened' }]);
});

test('an intent that holds money and that no order knows is found, once; one that never was paid is not', async () => {
  const mine = await captured();
  const stranger = await nobodys(4200);
  const rival = await stripe.paymentIntents.create({
    ...{ amount: 1390, currency: 'eur', capture_method: 'manual' },
    ...{ allowed_payment_method_types: ['card'] },
    metadata: { order_id: mine.orderId, generation: '1' },
  });
  await stripe.paymentIntents.create({ amount: 77, currency: 'eur', capture_method: 'manual' });
  // A checkout whose call to Stripe went unanswered: settlement looks for its intent.
  const unanswered = newOrderId();
  await ways.place([['MUG-1', 1]], { orderId: unanswered });
  const amount = { amount: 1390, currency: 'EUR' } as const;
  await createPaymentProvider(stripe).createIntent({ orderId: unanswered, generation: 1 }, amount);
  await ways.release(unanswered, true);
  await stripe.paymentIntents.cancel((await nobodys(88)).id);
  await night(24 * hour);
  await night(48 * hour);
  const detail = (id: string) => expect.objectContaining({ paymentIntentId: id });
  expect(await findings()).toEqual(
    expect.arrayContaining([
      { kind: 'unknown_intent', orderId: null, detail: detail(stranger.id) },
      { kind: 'unknown_intent', orderId: mine.orderId, detail: detail(rival.id) },
    ]),
  );
  expect(await findings()).toHaveLength(2);
});

test('a refund of an intent that no order knows is found', async () => {
  await captured();
  const stranger = await nobodys(4200);
  await stripe.paymentIntents.capture(stranger.id);
  const refund = await stripe.refunds.create({ payment_intent: stranger.id, amount: 42 });
  await night(24 * hour);
  expect(await findings()).toMatchObject([
    { kind: 'unknown_intent', detail: { paymentIntentId: stranger.id } },
    { kind: 'unknown_refund', detail: { stripeRefundId: refund.id, amount: 42 } },
  ]);
});

test('Stripe’s lists are looked through page by page, and go on where a run ended', async () => {
  await captured();
  for (let index = 0; index < 105; index += 1) {
    await stripe.paymentIntents.create({ amount: 100, currency: 'eur', capture_method: 'manual' });
  }
  const now = at(24 * hour);
  const ledger = createStripeLedger(stripe);
  const first = await books.books.nextWindow(now);
  if (first === null) throw new Error('no window');
  const page = await ledger.list(first);
  expect(page.intents).toHaveLength(100);
  const { next } = await matchLedger(books, { page }, now);
  expect(next).toMatchObject({ feed: 'intents', after: page.intents.at(-1)?.paymentIntentId });
  expect(await books.books.nextWindow(at(25 * hour)), 'the next night').toEqual(next);
  if (next === null) throw new Error('no second page');
  const last = await ledger.list(next);
  expect(last).toMatchObject({ next: null });
  expect(last.intents).toHaveLength(6);
  expect((await matchLedger(books, { page: last }, now)).next).toMatchObject({ feed: 'refunds' });
});

test('an intent that Stripe does not answer about comes again; one that it does not know is found', async () => {
  const [silent, gone] = [await authorised(), await authorised()];
  const path = `/v1/payment_intents/${silent.paymentIntentId}`;
  simulator.control.fail({ method: 'GET', path });
  await db.admin`update kassa.payments set payment_intent_id = 'pi_gone' where order_id = ${gone.orderId}`;
  const first = await look(at(24 * hour));
  expect([...first].sort()).toEqual([silent.paymentIntentId, 'pi_gone'].sort());
  expect(await look(at(24 * hour + 660))).toEqual(
    expect.arrayContaining([silent.paymentIntentId, 'pi_gone']),
  );
  expect(await findings()).toMatchObject([
    { kind: 'intent_unknown_at_stripe', orderId: gone.orderId },
    { kind: 'unknown_intent' },
  ]);
});

test('the key of another account is no finding for every payment', async () => {
  const orders = [await placed(), await placed(), await placed(), await placed(), await placed()];
  simulator.control.reset();
  await expect(look(at(hour))).rejects.toMatchObject({
    name: 'NotYetFault',
    code: 'intent_missing',
  });
  expect(orders).toHaveLength(5);
  expect(await findings()).toEqual([]);
  expect(await db.admin`select 1 from kassa.reconciliation_marks`).toHaveLength(0);
});

test('says how far it lies behind', async () => {
  expect(await books.books.secondsBehind(at(0))).toBe(0);
  await placed();
  expect(await books.books.secondsBehind(at(hour))).toBe(hour);
  await look(at(hour));
  expect(await books.books.secondsBehind(at(hour))).toBe(0);
});
