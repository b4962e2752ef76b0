import * as z from 'zod';
import {
  deliveryEventSchema,
  deliveryEventSource,
  type deliveryEventTypes,
} from '../../domain/delivery/delivery.ts';
import {
  type OrderEventType,
  orderEventSchema,
  orderEventSource,
} from '../../domain/orders/events.ts';
import type { FunctionName } from '../functions.ts';
import { deliveryExample, orderExample } from './examples.ts';

/** One version of the events of one kind of aggregate. A new version is a further entry; the older one stays. */
export interface EventContract {
  /** Name of its schema's file: `order.v1`. */
  readonly name: string;
  readonly aggregate: string;
  readonly version: number;
  /** EventBridge's `source`; `detail-type` is the event's type. */
  readonly source: string;
  readonly schema: z.ZodType;
  readonly publisher: FunctionName;
  /** How events get from the transaction that made them to the bus. */
  readonly way: string;
  readonly consumers: readonly { readonly name: FunctionName; readonly why: string }[];
  /** By event type: what has happened when it is published. */
  readonly meanings: Readonly<Record<string, string>>;
  readonly example: unknown;
}

const orderMeanings = {
  OrderPlaced: 'The goods are reserved and the order awaits payment.',
  OrderReleased: 'The checkout could not reach Stripe: nothing stands, the goods are free again.',
  PaymentDeclined: 'An attempt to pay was declined. The customer may try another card.',
  OrderAuthorised: 'The card was authorised for the total, in time or with the goods still there.',
  OrderExpired: 'Nobody paid within the window; the goods are free again.',
  OrderCancelled:
    'Cancelled by the customer, the warehouse, operations or Stripe; nothing will be sent.',
  OrderConfirmed: 'The reservations are committed and the warehouse may pick.',
  OrderShort: 'Pieces the order was promised are not there. What becomes of it follows.',
  OrderPacked: 'Packed, all of it or what was found; `packedLines` says what is in the parcel.',
  PaymentCaptured: 'What was packed was captured from the card.',
  PaymentVoided: 'The authorisation was given up; no money was taken.',
  AuthorisationEnding:
    'The card’s authorisation ends within a day and nothing was captured. Published once an order.',
  OrderOutForDelivery: 'A courier has the parcel; it can no longer be cancelled.',
  OrderDelivered: 'The parcel is with the customer.',
  OrderReturning: 'The last delivery attempt failed and the parcel is on its way back.',
  OrderReturned: 'The warehouse has the parcel back and has looked at what is in it.',
  OrderLost: 'The parcel is lost and written off.',
  RefundRequested: 'Money that was captured is to go back; Stripe was not asked yet.',
  RefundSucceeded: 'Stripe paid it back; `refundedAmount` counts it.',
  RefundFailed: 'The bank did not take the refund. A finding waits for a person.',
  DisputeOpened: 'The customer’s bank disputes the charge. A finding waits for a person.',
  DisputeClosed: 'The dispute was won or lost.',
} as const satisfies Record<OrderEventType, string>;

const deliveryMeanings = {
  DeliveryOpened: 'A parcel waits for a courier.',
  DeliveryAccepted: 'A courier has the parcel.',
  DeliveryDelivered: 'The courier handed it to the customer.',
  DeliveryFailed: 'The courier could not hand it over; `reason` says why.',
  DeliveryLost: 'The courier does not have it any more.',
  DeliveryWithdrawn: 'The order was cancelled before a courier had the parcel.',
} as const satisfies Record<(typeof deliveryEventTypes)[keyof typeof deliveryEventTypes], string>;

export const eventContracts: readonly EventContract[] = [
  {
    name: 'order.v1',
    aggregate: 'order',
    version: 1,
    source: orderEventSource,
    schema: orderEventSchema,
    publisher: 'outbox-relay',
    way: 'a row of the outbox, in the transaction that changed the order',
    consumers: [{ name: 'order-timeline', why: 'keeps a line of the order’s timeline' }],
    meanings: orderMeanings,
    example: orderExample,
  },
  {
    name: 'delivery.v1',
    aggregate: 'delivery',
    version: 1,
    source: deliveryEventSource,
    schema: deliveryEventSchema,
    publisher: 'delivery-events',
    way: 'the stream of the deliveries table',
    consumers: [],
    meanings: deliveryMeanings,
    example: deliveryExample,
  },
];

/** The event as a JSON Schema, as it travels in EventBridge's `detail`. */
export function jsonSchemaOf(contract: EventContract): Record<string, unknown> {
  const schema = z.toJSONSchema(contract.schema, {
    // The format says it; zod's pattern for it may differ from one release to the next.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return { title: contract.name, ...schema };
}
