import { describe, expect, it, vi } from 'vitest';
import { readDeliveryRecord } from '../../../adapters/dynamodb/delivery-stream.ts';
import { type Delivery, deliveryEventSchema } from '../../../domain/delivery/delivery.ts';
import type { DeliveryOrders } from '../../../domain/delivery/ports.ts';
import type { EventPublisher } from '../../../domain/orders/ports.ts';
import { PermanentFault, TransientFault } from '../../../domain/shared/errors.ts';
import { publishDeliveries } from '../../../functions/delivery-events/publish.ts';
import type { Dependencies as Outcomes } from '../../../functions/delivery-outcomes/dependencies.ts';
import { deliveryOutcomes } from '../../../functions/delivery-outcomes/index.ts';
import type { Dependencies as Opening } from '../../../functions/open-delivery/dependencies.ts';
import { openDelivery } from '../../../functions/open-delivery/index.ts';
import { anna, delivery } from '../../integration/dynamodb/support.ts';
import { inert } from './support.ts';

const ready = delivery(1);
const accepted: Delivery = { ...ready, status: 'accepted', courierId: anna, sequence: 2 };
const delivered: Delivery = { ...accepted, status: 'delivered', sequence: 3 };

/** A stream record as Lambda hands it over, of the item as the store writes it. */
function record(of: Delivery, sequenceNumber: string, eventName = 'MODIFY') {
  const keys = { pk: { S: `DELIVERY#${of.deliveryId}` }, sk: { S: 'STATE' } };
  const { address, courierId, attempt, generation, sequence, ...rest } = of;
  return {
    eventID: sequenceNumber,
    eventName,
    eventSource: 'aws:dynamodb',
    dynamodb: {
      Keys: keys,
      SequenceNumber: sequenceNumber,
      StreamViewType: 'NEW_IMAGE',
      ...(eventName === 'REMOVE'
        ? {}
        : {
            NewImage: {
              ...keys,
              ...strings(rest),
              attempt: { N: String(attempt) },
              generation: { N: String(generation) },
              sequence: { N: String(sequence) },
              courierId: courierId === null ? { NULL: true } : { S: courierId },
              address: { M: strings(address) },
            },
          }),
    },
  };
}

function strings(object: Readonly<Record<string, string | undefined>>) {
  return Object.fromEntries(Object.entries(object).map(([name, S]) => [name, { S }]));
}

const malformed = (sequenceNumber: string) => {
  const { dynamodb, ...rest } = record(ready, sequenceNumber);
  return { ...rest, dynamodb: { ...dynamodb, NewImage: { ...dynamodb.Keys, status: { S: '?' } } } };
};

describe('deliveries to outcomes', () => {
  function composed(over: Partial<DeliveryOrders> = {}) {
    const orders = {
      recordHandover: vi.fn<DeliveryOrders['recordHandover']>(
        over.recordHandover ?? (async () => undefined),
      ),
      recordOutcome: vi.fn<DeliveryOrders['recordOutcome']>(
        over.recordOutcome ?? (async () => 'recorded'),
      ),
    };
    const nudge = { mailbox: vi.fn(async () => undefined), outbox: vi.fn(async () => undefined) };
    const dependencies: Outcomes = { read: readDeliveryRecord, orders, nudge };
    const handler = deliveryOutcomes(() => dependencies);
    return {
      orders,
      nudge,
      run: (...Records: readonly unknown[]) => handler({ Records }),
    };
  }

  it('an accepted parcel is handed over, a delivered one is the outcome of its attempt', async () => {
    const { orders, nudge, run } = composed();
    const response = await run(
      record(ready, '1', 'INSERT'),
      record(accepted, '2'),
      record(delivered, '3'),
    );
    expect(response).toEqual({ batchItemFailures: [] });
    expect(orders.recordHandover.mock.calls).toEqual([[ready.orderId, expect.any(Date)]]);
    expect(orders.recordOutcome.mock.calls).toEqual([
      [ready.orderId, 1, { outcome: 'delivered' }, expect.any(Date)],
    ]);
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
    expect(nudge.outbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { status: 'failed', reason: 'nobody_home' },
      { outcome: 'failed', reason: 'nobody_home' },
    ],
    [{ status: 'lost' }, { outcome: 'lost' }],
    [{ status: 'withdrawn' }, { outcome: 'withdrawn' }],
  ] as const)('%j is the outcome of its attempt', async (state, outcome) => {
    const { orders, nudge, run } = composed();
    await run(record({ ...accepted, ...state, sequence: 3 }, '1'));
    expect(orders.recordOutcome.mock.calls).toEqual([
      [ready.orderId, 1, outcome, expect.any(Date)],
    ]);
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
  });

  it('an outcome that arrives after all was settled wakes nobody: the store has kept its finding, the only one', async () => {
    const { nudge, run } = composed({ recordOutcome: async () => 'late' });
    expect(await run(record(delivered, '1'))).toEqual({ batchItemFailures: [] });
    expect(nudge.mailbox).not.toHaveBeenCalled();
  });

  it('a poison record fails alone, and the others are taken', async () => {
    const { orders, run } = composed();
    const response = await run(malformed('1'), record(delivered, '2'));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(orders.recordOutcome).toHaveBeenCalledTimes(1);
  });

  it('a record that the store could not take is handed over again', async () => {
    const { run } = composed({
      recordHandover: () => Promise.reject(new TransientFault('db', 'down')),
    });
    const response = await run(record(accepted, '7'), record(delivered, '8'));
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '7' }] });
  });

  it('a removed item tells nothing', async () => {
    const { orders, run } = composed();
    expect(await run(record(delivered, '1', 'REMOVE'))).toEqual({ batchItemFailures: [] });
    expect(orders.recordOutcome).not.toHaveBeenCalled();
  });

  it('records of a stream are taken one after the other', async () => {
    const order: string[] = [];
    const first = Promise.withResolvers<void>();
    const { run } = composed({
      recordHandover: async () => {
        order.push('handover begins');
        await first.promise;
        order.push('handover ends');
      },
      recordOutcome: async () => {
        order.push('outcome');
        return 'recorded';
      },
    });
    const running = run(record(accepted, '1'), record(delivered, '2'));
    await vi.waitFor(() => expect(order).toEqual(['handover begins']));
    first.resolve();
    await running;
    expect(order).toEqual(['handover begins', 'handover ends', 'outcome']);
  });
});

describe('deliveries to events', () => {
  it('each change is one event, the same one however often the record is seen, without the address', async () => {
    const publish = vi.fn<EventPublisher['publish']>(async (entries) => entries.map(() => true));
    const dependencies = { read: readDeliveryRecord, events: { publish } };
    const Records = [record(ready, '1', 'INSERT'), record(accepted, '2')];
    expect(await publishDeliveries(dependencies, { Records })).toEqual({ batchItemFailures: [] });
    await publishDeliveries(dependencies, { Records });
    const [first, second] = publish.mock.calls.map(([entries]) => entries);
    expect(second).toEqual(first);
    const details = first?.map(({ detail }) => deliveryEventSchema.parse(detail));
    expect(details?.map(({ eventId, type }) => [eventId, type])).toEqual([
      [`${ready.deliveryId}.1`, 'DeliveryOpened'],
      [`${ready.deliveryId}.2`, 'DeliveryAccepted'],
    ]);
    expect(JSON.stringify(first)).not.toContain('Hauptstra');
  });

  it('a failed attempt tells why, a lost and a withdrawn parcel tell that', async () => {
    const publish = vi.fn<EventPublisher['publish']>(async (entries) => entries.map(() => true));
    const states = [
      { ...accepted, status: 'failed', reason: 'refused', sequence: 3 },
      { ...accepted, status: 'lost', sequence: 3 },
      { ...ready, status: 'withdrawn', sequence: 2 },
    ] as const satisfies readonly Delivery[];
    await publishDeliveries(
      { read: readDeliveryRecord, events: { publish } },
      { Records: states.map((state, index) => record(state, String(index))) },
    );
    const details = publish.mock.calls[0]?.[0].map(({ detail }) =>
      deliveryEventSchema.parse(detail),
    );
    expect(details?.map(({ type, state }) => [type, state.reason])).toEqual([
      ['DeliveryFailed', 'refused'],
      ['DeliveryLost', undefined],
      ['DeliveryWithdrawn', undefined],
    ]);
  });

  it('an entry that was not taken and a record that cannot be read are handed over again, no others', async () => {
    const publish: EventPublisher['publish'] = async (entries) =>
      entries.map((_, index) => index !== 1);
    const response = await publishDeliveries(
      { read: readDeliveryRecord, events: { publish } },
      {
        Records: [
          record(ready, '1', 'INSERT'),
          malformed('2'),
          record(accepted, '3'),
          record(delivered, '4'),
        ],
      },
    );
    expect(response).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '3' }],
    });
  });

  it('nothing to tell calls nobody', async () => {
    const events = { publish: inert('publish') };
    const Records = [record(delivered, '1', 'REMOVE')];
    expect(await publishDeliveries({ read: readDeliveryRecord, events }, { Records })).toEqual({
      batchItemFailures: [],
    });
  });
});

describe('opening a delivery', () => {
  const input = {
    orderId: ready.orderId,
    generation: 1,
    correlationId: 'request-1',
    attempt: 1,
    wait: {
      token: 'token-1',
      run: 1,
      redriveCount: 0,
      enteredAt: '2026-11-02T10:00:00.000Z',
      retryCount: 0,
    },
  };

  function composed(
    isReady: boolean,
    address: Opening['orders']['addressOf'],
    over: Partial<Opening> = {},
  ) {
    const open = vi.fn<Opening['deliveries']['open']>(async () => undefined);
    const registerToken = vi.fn<Opening['mailbox']['registerToken']>(async () => ({
      ready: isReady,
    }));
    const mailbox = vi.fn(async () => undefined);
    const dependencies: Opening = {
      orders: { addressOf: address },
      cancelRequests: {
        isCancelRequested: async () => false,
        clearCancelRequest: inert('clearCancelRequest'),
      },
      deliveries: { open, withdraw: inert('withdraw') },
      mailbox: { registerToken },
      nudge: { mailbox },
      ...over,
    };
    return { open, registerToken, mailbox, run: openDelivery(() => dependencies) };
  }

  it('keeps the token under its attempt and out of the delivery', async () => {
    const { open, registerToken, mailbox, run } = composed(false, async () => ready.address);
    await run(input);
    expect(open.mock.calls[0]?.[0]).toMatchObject({
      deliveryId: ready.deliveryId,
      status: 'ready',
      sequence: 1,
      address: ready.address,
    });
    expect(JSON.stringify(open.mock.calls)).not.toContain('token-1');
    expect(registerToken.mock.calls[0]?.slice(0, 2)).toEqual([
      { orderId: ready.orderId, step: 'delivery', round: 1 },
      input.wait,
    ]);
    expect(mailbox).not.toHaveBeenCalled();
  });

  it('sends an outcome that was there before its token', async () => {
    const { mailbox, run } = composed(true, async () => ready.address);
    await run(input);
    expect(mailbox).toHaveBeenCalledTimes(1);
  });

  it('of an order cancelled before there was a parcel takes it back, and looks only after putting it out', async () => {
    const order: string[] = [];
    const clearCancelRequest = vi.fn(async () => undefined);
    const run = (outcome: 'withdrawn' | 'too_late') =>
      composed(false, async () => ready.address, {
        cancelRequests: {
          isCancelRequested: async () => {
            order.push('wish');
            return true;
          },
          clearCancelRequest,
        },
        deliveries: {
          open: async () => {
            order.push('open');
          },
          withdraw: async () => {
            order.push('withdraw');
            return outcome === 'withdrawn' ? { outcome } : { outcome, status: 'accepted' };
          },
        },
      }).run(input);
    await run('withdrawn');
    expect(order).toEqual(['open', 'wish', 'withdraw']);
    expect(clearCancelRequest).not.toHaveBeenCalled();
    await run('too_late');
    expect(clearCancelRequest).toHaveBeenCalledWith(ready.orderId, expect.any(Date));
  });

  it('of an order nobody knows fails for good and registers nothing', async () => {
    const { open, registerToken, run } = composed(false, async () => undefined);
    await expect(run(input)).rejects.toThrow(PermanentFault);
    expect(open).not.toHaveBeenCalled();
    expect(registerToken).not.toHaveBeenCalled();
  });
});
