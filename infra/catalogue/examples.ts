import type * as z from 'zod';
import type { deliveryEventSchema } from '../../domain/delivery/delivery.ts';
import type { orderEventSchema } from '../../domain/orders/events.ts';

const orderId = '019a7f3e-5b1c-7c44-9d3a-2f6b8c0d1e4f';
const correlationId = '6f0b1a52-8d7e-4f7b-9a35-0c2b6b1f7a10';

export const orderExample: z.input<typeof orderEventSchema> = {
  eventId: '4be0643f-1d98-573b-97cd-ca98a65347dd',
  type: 'OrderPacked',
  version: 1,
  aggregate: 'order',
  aggregateId: orderId,
  sequence: 4,
  occurredAt: '2026-11-16T09:41:27.000Z',
  correlationId,
  state: {
    orderId,
    generation: 1,
    customerId: 'b3c1f7de-2a94-4a53-8d2c-54f0f7f9a9b1',
    status: 'packed',
    paymentStatus: 'authorised',
    currency: 'EUR',
    itemsTotal: 4270,
    shippingTotal: 490,
    total: 4760,
    capturedAmount: 0,
    lines: [
      {
        sku: 'COF-ESP-250',
        name: 'Espresso Blend "Hafenkante", 250 g',
        quantity: 2,
        unitPrice: 890,
      },
      { sku: 'KIT-SCL-010', name: 'Kitchen scale, up to 10 kg', quantity: 1, unitPrice: 2490 },
    ],
    packedLines: [
      { sku: 'COF-ESP-250', quantity: 1 },
      { sku: 'KIT-SCL-010', quantity: 1 },
    ],
    placedAt: '2026-11-15T18:02:11.000Z',
    expiresAt: '2026-11-15T18:17:11.000Z',
  },
};

export const deliveryExample: z.input<typeof deliveryEventSchema> = {
  eventId: `${orderId}.2.3`,
  type: 'DeliveryFailed',
  version: 1,
  aggregate: 'delivery',
  aggregateId: `${orderId}.2`,
  sequence: 3,
  occurredAt: '2026-11-18T15:20:00.000Z',
  correlationId,
  state: {
    deliveryId: `${orderId}.2`,
    orderId,
    generation: 1,
    attempt: 2,
    status: 'failed',
    courierId: '8f14e45f-ceea-467f-a2b6-3e3a6b2d7c11',
    reason: 'nobody_home',
    sequence: 3,
    openedAt: '2026-11-18T08:00:00.000Z',
    changedAt: '2026-11-18T15:20:00.000Z',
    correlationId,
  },
};
