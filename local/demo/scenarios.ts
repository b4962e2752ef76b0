import { randomUUID } from 'node:crypto';
import { until } from './http.ts';
import type { PromisedOrder } from './ledger.ts';
import type { Story } from './story.ts';
import type { Item, World } from './world.ts';

/** A little more than the payment window, seconds. */
const pastTheWindow = 16 * 60;

export interface Scene {
  readonly world: World;
  readonly story: Story;
  readonly goods: readonly Item[];
}

type Scenario = (scene: Scene) => Promise<readonly PromisedOrder[]>;

const delivered = { order: 'delivered', payment: 'captured', stripe: 'succeeded' };
const confirmed = { order: 'confirmed', payment: 'authorised', stripe: 'requires_capture' };
const expired = { order: 'expired', payment: 'voided', stripe: 'canceled' };
const cancelled = { order: 'cancelled', payment: 'voided', stripe: 'canceled' };

const newCustomer = (): string => `demo-${randomUUID().slice(0, 8)}`;

export const straightWay: Scenario = async ({ world, story, goods }) => {
  story.heading('a', 'Authorised, packed, captured, delivered');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  await world.pay(customer, order.orderId, 'pm_card_visa');
  story.does('customer', 'pays with a Visa card');
  await story.until(customer, order.orderId, 'OrderConfirmed');
  await world.pickAndPack('demo-picker', order.orderId);
  story.does('warehouse', 'claims the task, picks, packs');
  await story.until(customer, order.orderId, 'PaymentCaptured');
  await world.deliver('demo-courier', order.orderId);
  story.does('courier', 'takes the parcel and hands it over');
  await story.until(customer, order.orderId, 'OrderDelivered');
  return [{ orderId: order.orderId, scenario: '(a) delivered', endings: [delivered] }];
};

export const declinedFirst: Scenario = async ({ world, story, goods }) => {
  story.heading('b', 'The first card is declined, the second goes through');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  const declined = await world.pay(customer, order.orderId, 'pm_card_visa_chargeDeclined');
  story.does('customer', `tries a card; Stripe answers ${declined}`);
  await story.until(customer, order.orderId, 'PaymentDeclined');
  await world.pay(customer, order.orderId, 'pm_card_mastercard');
  story.does('customer', 'tries another one');
  await story.until(customer, order.orderId, 'OrderConfirmed');
  return [{ orderId: order.orderId, scenario: '(b) second card', endings: [confirmed] }];
};

export const neverPaid: Scenario = async ({ world, story, goods }) => {
  story.heading('c', 'Never paid: the order expires, its goods go back');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  story.does('customer', 'does nothing; the clock moves by 16 minutes');
  await world.advanceClock(pastTheWindow);
  await story.until(customer, order.orderId, 'PaymentVoided');
  return [{ orderId: order.orderId, scenario: '(c) expired', endings: [expired] }];
};

export const paidWhileExpiring: Scenario = async ({ world, story, goods }) => {
  story.heading(
    'd',
    'Authorised at the very moment of expiry: one side wins, the other undoes itself',
  );
  const customer = newCustomer();
  const orders = await Promise.all(
    Array.from({ length: 4 }, () => world.placeOrder(customer, goods)),
  );
  for (const order of orders) story.placed(order);
  await world.holdWebhooks();
  for (const order of orders) await world.pay(customer, order.orderId, 'pm_card_visa');
  story.does('customer', 'pays for all four; Stripe has told nobody yet');
  story.does('clock', 'passes the window while the webhooks arrive');
  await Promise.all([world.advanceClock(pastTheWindow), world.releaseWebhooks()]);
  for (const order of orders) {
    await until(
      `order ${order.orderId} to be settled`,
      () => world.order(customer, order.orderId),
      (seen) => seen.status === 'confirmed' || seen.paymentStatus === 'voided',
    );
    story.does('order', order.orderId);
    await story.follow(customer, order.orderId);
  }
  return orders.map((order, index) => ({
    orderId: order.orderId,
    scenario: `(d) at the moment, ${index + 1}`,
    endings: [confirmed, expired],
  }));
};

export const paidTooLate: Scenario = async ({ world, story, goods }) => {
  story.heading('d', 'Authorised, but the word comes long after the order expired: voided');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  await world.holdWebhooks();
  await world.pay(customer, order.orderId, 'pm_card_visa');
  story.does('customer', 'pays; the webhook hangs at Stripe');
  await world.advanceClock(pastTheWindow);
  await story.until(customer, order.orderId, 'PaymentVoided');
  await world.releaseWebhooks();
  story.does('stripe', 'delivers the late webhooks');
  await world.advanceClock(120);
  await story.follow(customer, order.orderId);
  return [{ orderId: order.orderId, scenario: '(d) after it', endings: [expired] }];
};

export const cancelledUnpaid: Scenario = async ({ world, story, goods }) => {
  story.heading('e', 'Cancelled while unpaid');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  await world.cancel(customer, order.orderId);
  story.does('customer', 'cancels');
  await story.until(customer, order.orderId, 'PaymentVoided');
  return [{ orderId: order.orderId, scenario: '(e) cancelled unpaid', endings: [cancelled] }];
};

export const cancelledWhileAuthorising: Scenario = async ({ world, story, goods }) => {
  story.heading('e', 'Cancelled while Stripe is authorising: voided, never revived');
  const customer = newCustomer();
  const order = await world.placeOrder(customer, goods);
  story.placed(order);
  await world.holdWebhooks();
  await world.pay(customer, order.orderId, 'pm_card_visa');
  await world.cancel(customer, order.orderId);
  story.does('customer', 'pays and cancels before Stripe tells us');
  await world.releaseWebhooks();
  story.does('stripe', 'tells that the card is authorised');
  await story.until(customer, order.orderId, 'PaymentVoided');
  return [{ orderId: order.orderId, scenario: '(e) while authorising', endings: [cancelled] }];
};

/** In the order of the telling. Those of the second list need a Stripe whose webhooks can be held back. */
export const everywhere: readonly Scenario[] = [
  straightWay,
  declinedFirst,
  neverPaid,
  cancelledUnpaid,
];
export const withSimulator: readonly Scenario[] = [
  straightWay,
  declinedFirst,
  neverPaid,
  paidWhileExpiring,
  paidTooLate,
  cancelledUnpaid,
  cancelledWhileAuthorising,
];
