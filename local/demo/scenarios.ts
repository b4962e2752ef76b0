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

const returned = {
  order: 'returned',
  payment: 'captured',
  stripe: 'succeeded',
  kept: 'nothing',
} as const;
const cancelledAfterPacking = {
  order: 'cancelled',
  payment: 'captured',
  stripe: 'succeeded',
  kept: 'nothing',
} as const;

/** The pieces of the goods, in their order: packed, or found missing. */
const everyPiece = (goods: readonly Item[]): readonly number[] =>
  goods.map(({ quantity }) => quantity);

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
  return [
    {
      orderId: order.orderId,
      scenario: '(a) delivered',
      endings: [delivered],
      offTheShelf: everyPiece(goods),
    },
  ];
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

/** Places an order that allows a partial shipment, pays for it and waits until it is confirmed. */
async function confirmedOrder(
  { world, story, goods }: Scene,
  customer: string,
  shortagePolicy: 'partial' | 'nothing' = 'nothing',
): Promise<string> {
  const order = await world.placeOrder(customer, goods, shortagePolicy);
  story.placed(order);
  await world.pay(customer, order.orderId, 'pm_card_visa');
  await story.until(customer, order.orderId, 'OrderConfirmed');
  return order.orderId;
}

export const pickedShort: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('f', 'Picked short: what was found is sent, and only that is charged');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer, 'partial');
  await world.pickShort('demo-picker', orderId);
  story.does('warehouse', 'cannot find one piece, packs the rest');
  await story.until(customer, orderId, 'PaymentCaptured');
  await world.deliver('demo-courier', orderId);
  await story.until(customer, orderId, 'OrderDelivered');
  return [
    {
      orderId,
      scenario: '(f) picked short',
      endings: [delivered],
      offTheShelf: everyPiece(scene.goods),
    },
  ];
};

export const thirdTimeLucky: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('g', 'Two failed deliveries, the third succeeds');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer);
  await world.pickAndPack('demo-picker', orderId);
  for (const attempt of ['first', 'second']) {
    await world.failDelivery('demo-courier', orderId);
    story.does('courier', `finds nobody at the ${attempt} attempt`);
  }
  await world.deliver('demo-courier', orderId);
  story.does('courier', 'hands it over at the third');
  await story.until(customer, orderId, 'OrderDelivered');
  return [
    {
      orderId,
      scenario: '(g) third attempt',
      endings: [delivered],
      offTheShelf: everyPiece(scene.goods),
    },
  ];
};

export const cameBack: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('h', 'Three failed deliveries: returned, checked, refunded');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer);
  await world.pickAndPack('demo-picker', orderId);
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await world.failDelivery('demo-courier', orderId);
    story.does('courier', `finds nobody (attempt ${attempt})`);
  }
  await world.receiveReturn('demo-picker', orderId);
  story.does('warehouse', 'gets the parcel back; one piece is damaged, the rest goes on the shelf');
  await story.until(customer, orderId, 'RefundSucceeded');
  return [{ orderId, scenario: '(h) returned, refunded', endings: [returned], offTheShelf: [1] }];
};

export const cancelledBeforePacking: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('i', 'Cancelled before packing: voided');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer);
  await world.cancel(customer, orderId);
  story.does('customer', 'cancels before anybody has packed');
  await story.until(customer, orderId, 'PaymentVoided');
  return [{ orderId, scenario: '(i) cancelled, unpacked', endings: [cancelled] }];
};

export const cancelledPacked: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('i', 'Cancelled after packing: refunded, restocked');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer);
  await world.pickAndPack('demo-picker', orderId);
  await story.until(customer, orderId, 'PaymentCaptured');
  await world.cancel(customer, orderId);
  story.does('customer', 'cancels while the parcel waits for its courier');
  await story.until(customer, orderId, 'RefundSucceeded');
  return [{ orderId, scenario: '(i) cancelled, packed', endings: [cancelledAfterPacking] }];
};

export const disputed: Scenario = async (scene) => {
  const { world, story } = scene;
  story.heading('j', 'A dispute: seen, told, decided, resolved');
  const customer = newCustomer();
  const orderId = await confirmedOrder(scene, customer);
  await world.pickAndPack('demo-picker', orderId);
  await story.until(customer, orderId, 'PaymentCaptured');
  await world.deliver('demo-courier', orderId);
  await story.until(customer, orderId, 'OrderDelivered');
  const dispute = await world.dispute(world.intentOf(orderId));
  story.does('customer', 'disputes the charge at the bank');
  await story.until(customer, orderId, 'DisputeOpened');
  await world.decideDispute(dispute, true);
  story.does('bank', 'decides for the shop');
  await story.until(customer, orderId, 'DisputeClosed');
  await world.resolveFindings(orderId, 'the bank decided for us');
  story.does('operations', 'resolves the finding that the dispute had opened');
  return [
    {
      orderId,
      scenario: '(j) disputed, won',
      endings: [delivered],
      offTheShelf: everyPiece(scene.goods),
    },
  ];
};

/** In the order of the telling. Those of the second list need a Stripe whose webhooks can be held back. */
export const everywhere: readonly Scenario[] = [
  straightWay,
  declinedFirst,
  neverPaid,
  cancelledUnpaid,
  pickedShort,
  thirdTimeLucky,
  cameBack,
  cancelledBeforePacking,
  cancelledPacked,
];
export const withSimulator: readonly Scenario[] = [
  straightWay,
  declinedFirst,
  neverPaid,
  paidWhileExpiring,
  paidTooLate,
  cancelledUnpaid,
  cancelledWhileAuthorising,
  pickedShort,
  thirdTimeLucky,
  cameBack,
  cancelledBeforePacking,
  cancelledPacked,
  disputed,
];
