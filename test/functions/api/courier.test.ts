import { describe, expect, it, vi } from 'vitest';
import type { Delivery } from '../../../domain/delivery/delivery.ts';
import type { DeliveryCommandResult } from '../../../domain/delivery/ports.ts';
import { NotYetFault, TransientFault } from '../../../domain/shared/errors.ts';
import type { Dependencies } from '../../../functions/courier-api/dependencies.ts';
import { courierApi } from '../../../functions/courier-api/index.ts';
import { delivery } from '../../integration/dynamodb/support.ts';
import {
  context,
  courier,
  customer,
  described,
  inert,
  problemOf,
  proxyEvent,
  type Sent,
  worker,
} from './support.ts';

const ready = delivery(1);
const accepted: Delivery = { ...ready, status: 'accepted', sequence: 2 };

function fakes(over: Partial<Dependencies> = {}): Dependencies {
  return {
    deliveries: {
      list: inert('list'),
      accept: inert('accept'),
      delivered: inert('delivered'),
      failed: inert('failed'),
      lost: inert('lost'),
    },
    once: (_key, _remaining, run) => run(),
    ...over,
  };
}

const send = async (sent: Sent, over?: Partial<Dependencies>) =>
  described(sent, await courierApi(() => fakes(over))(proxyEvent(sent), context));

const list: Sent = { route: '/courier/deliveries', caller: courier };
const accept: Sent = {
  method: 'POST',
  route: '/courier/deliveries/{deliveryId}/accept',
  parameters: { deliveryId: ready.deliveryId },
  caller: courier,
};

it('lets nobody in who is not a courier', async () => {
  for (const sent of [
    list,
    accept,
    { ...accept, route: '/courier/deliveries/{deliveryId}/delivered' },
    { ...accept, route: '/courier/deliveries/{deliveryId}/failed', body: { reason: 'other' } },
    { ...accept, route: '/courier/deliveries/{deliveryId}/lost' },
  ]) {
    for (const caller of [customer, worker]) {
      expect(problemOf(await send({ ...sent, caller }))).toMatchObject({
        status: 403,
        group: 'courier',
      });
    }
  }
});

describe('the list', () => {
  it('goes on from the page before', async () => {
    const cursor = `${ready.openedAt}#${ready.deliveryId}`;
    const pages = vi.fn(async () => ({ deliveries: [ready], cursor }));
    const deliveries = { ...fakes().deliveries, list: pages };
    const first: { next: string; deliveries: unknown[] } = JSON.parse(
      (await send({ ...list, query: { limit: ['1'] } }, { deliveries })).body,
    );
    expect(first.deliveries).toEqual([
      expect.objectContaining({ deliveryId: ready.deliveryId, address: ready.address }),
    ]);
    const query = { after: [first.next], mine: ['true'] };
    await send({ ...list, query }, { deliveries });
    expect(pages).toHaveBeenLastCalledWith({ limit: 20, courierId: 'carl', cursor });
  });

  it('refuses a cursor that is not ours', async () => {
    for (const after of ['?', 'zzz', Buffer.from('READY#1').toString('base64url')]) {
      expect(problemOf(await send({ ...list, query: { after: [after] } }))).toMatchObject({
        status: 422,
      });
    }
  });
});

describe('a command', () => {
  const answering = (result: DeliveryCommandResult) => ({
    deliveries: { ...fakes().deliveries, accept: async () => result },
  });

  it('answers what the delivery has become, without the address, kept by delivery, courier and command', async () => {
    const once = vi.fn<Dependencies['once']>((_key, _remaining, run) => run());
    const over = { ...answering({ outcome: 'done', delivery: accepted }), once };
    const result = await send(accept, over);
    expect(JSON.parse(result.body)).toEqual({
      deliveryId: ready.deliveryId,
      status: 'accepted',
      changedAt: accepted.changedAt,
    });
    expect(once.mock.calls[0]?.[0]).toEqual({
      deliveryId: ready.deliveryId,
      courier: 'carl',
      command: 'accept',
    });
    expect(once.mock.calls[0]?.[1]).toBeGreaterThan(0);
  });

  it.each([
    [{ outcome: 'taken' as const }, { status: 409, code: 'delivery-taken' }],
    [
      { outcome: 'not_now' as const, status: 'delivered' as const },
      { status: 409, code: 'delivery-not-now', deliveryStatus: 'delivered' },
    ],
    [{ outcome: 'not_found' as const }, { status: 404, code: 'not-found' }],
  ])('%j is told, and thrown where it would be kept', async (result, problem) => {
    const kept = vi.fn();
    const once: Dependencies['once'] = async (_key, _remaining, run) => {
      const answer = await run();
      kept(answer);
      return answer;
    };
    expect(problemOf(await send(accept, { ...answering(result), once }))).toMatchObject(problem);
    expect(kept).not.toHaveBeenCalled();
  });

  it('that another worker is carrying out is 409 with Retry-After', async () => {
    const once = () => Promise.reject(new NotYetFault('command_in_progress', ''));
    const result = await send(accept, { once });
    expect(problemOf(result)).toMatchObject({ status: 409, code: 'command-in-progress' });
    expect(result.headers['retry-after']).toBe('1');
  });

  it('is 503 where the table cannot be reached', async () => {
    const once = () => Promise.reject(new TransientFault('idempotency_unavailable', ''));
    expect(problemOf(await send(accept, { once }))).toMatchObject({ status: 503 });
  });

  it('for a delivery that cannot be one asks no store', async () => {
    for (const deliveryId of ['x', `${ready.orderId}.4`, `${ready.orderId}.1/../2`]) {
      const sent = { ...accept, parameters: { deliveryId } };
      expect(problemOf(await send(sent))).toMatchObject({ status: 404 });
    }
  });
});

describe('a parcel that does not arrive', () => {
  const failed: Sent = {
    ...accept,
    route: '/courier/deliveries/{deliveryId}/failed',
    body: { reason: 'nobody_home' },
  };

  it('has failed for the reason the courier gives', async () => {
    const report = vi.fn(
      async (): Promise<DeliveryCommandResult> => ({
        outcome: 'done',
        delivery: { ...accepted, status: 'failed', reason: 'nobody_home', sequence: 3 },
      }),
    );
    const deliveries = { ...fakes().deliveries, failed: report };
    const result = await send(failed, { deliveries });
    expect(JSON.parse(result.body)).toEqual({
      deliveryId: ready.deliveryId,
      status: 'failed',
      reason: 'nobody_home',
      changedAt: accepted.changedAt,
    });
    expect(report).toHaveBeenCalledWith(ready.deliveryId, 'carl', 'nobody_home', expect.any(Date));
  });

  it.each([undefined, {}, { reason: '' }, { reason: 'bored' }, { reason: 'other', at: 1 }])(
    'is not reported as failed with %j',
    async (body) => {
      expect([415, 422]).toContain(problemOf(await send({ ...failed, body })).status);
    },
  );

  it('may be lost', async () => {
    const lost = async (): Promise<DeliveryCommandResult> => ({
      outcome: 'done',
      delivery: { ...accepted, status: 'lost', sequence: 3 },
    });
    const deliveries = { ...fakes().deliveries, lost };
    const sent = { ...accept, route: '/courier/deliveries/{deliveryId}/lost' };
    expect(JSON.parse((await send(sent, { deliveries })).body)).toMatchObject({ status: 'lost' });
  });
});
