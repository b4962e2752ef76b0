import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentClient } from '../../../adapters/dynamodb/client.ts';
import { createDeliveryStore } from '../../../adapters/dynamodb/deliveries.ts';
import type { Delivery } from '../../../domain/delivery/delivery.ts';
import type { DeliveryStore } from '../../../domain/delivery/ports.ts';
import { PermanentFault, TransientFault } from '../../../domain/shared/errors.ts';
import { anna, boris, clientConfig, delivery, startTables } from './support.ts';

let tables: Awaited<ReturnType<typeof startTables>>;
let store: DeliveryStore;
const noon = new Date('2026-11-02T12:00:00Z');
const one = new Date('2026-11-02T13:00:00Z');

beforeAll(async () => {
  tables = await startTables();
  store = createDeliveryStore(tables.documents, 'deliveries');
});

afterAll(() => tables.close());

async function allReady(): Promise<readonly Delivery[]> {
  const { deliveries } = await store.list({ limit: 100 });
  return deliveries;
}

describe('a delivery', () => {
  it('goes from ready to delivered by the courier who accepted it, its sequence rising by one', async () => {
    const opened = delivery(1);
    await store.open(opened);
    expect(await store.accept(opened.deliveryId, anna, noon)).toEqual({
      outcome: 'done',
      delivery: {
        ...opened,
        status: 'accepted',
        courierId: anna,
        sequence: 2,
        changedAt: noon.toISOString(),
      },
    });
    expect(await store.delivered(opened.deliveryId, anna, one)).toMatchObject({
      outcome: 'done',
      delivery: { status: 'delivered', sequence: 3, changedAt: one.toISOString() },
    });
  });

  it('is not set back by a step that opens it again', async () => {
    const opened = delivery(2);
    await store.open(opened);
    await store.accept(opened.deliveryId, anna, noon);
    await store.open({ ...opened, openedAt: one.toISOString() });
    expect(await allReady()).not.toContainEqual(
      expect.objectContaining({ deliveryId: opened.deliveryId }),
    );
    const mine = await store.list({ courierId: anna, limit: 10 });
    expect(mine.deliveries).toContainEqual(
      expect.objectContaining({ deliveryId: opened.deliveryId, openedAt: opened.openedAt }),
    );
  });

  it('is accepted by one of two couriers who ask at the same moment', async () => {
    const opened = delivery(3);
    await store.open(opened);
    const results = await Promise.all([
      store.accept(opened.deliveryId, anna, noon),
      store.accept(opened.deliveryId, boris, noon),
    ]);
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['done', 'taken']);
  });

  it('answers a repeated command as it did first, and changes nothing by it', async () => {
    const opened = delivery(4);
    await store.open(opened);
    const first = await store.accept(opened.deliveryId, anna, noon);
    expect(await store.accept(opened.deliveryId, anna, one)).toEqual(first);
    const delivered = await store.delivered(opened.deliveryId, anna, noon);
    expect(await store.delivered(opened.deliveryId, anna, one)).toEqual(delivered);
  });

  it('cannot be delivered before it is accepted, nor by somebody else, nor if there is none', async () => {
    const opened = delivery(5);
    await store.open(opened);
    expect(await store.delivered(opened.deliveryId, anna, noon)).toEqual({
      outcome: 'not_now',
      status: 'ready',
    });
    await store.accept(opened.deliveryId, anna, noon);
    expect(await store.delivered(opened.deliveryId, boris, noon)).toEqual({ outcome: 'taken' });
    expect(await store.delivered(delivery(99).deliveryId, anna, noon)).toEqual({
      outcome: 'not_found',
    });
    expect(await store.accept(delivery(99).deliveryId, anna, noon)).toEqual({
      outcome: 'not_found',
    });
  });

  it('cannot be accepted again once it is delivered', async () => {
    const opened = delivery(6);
    await store.open(opened);
    await store.accept(opened.deliveryId, anna, noon);
    await store.delivered(opened.deliveryId, anna, noon);
    expect(await store.accept(opened.deliveryId, anna, one)).toEqual({
      outcome: 'not_now',
      status: 'delivered',
    });
  });
});

describe('a delivery that does not arrive', () => {
  it('has failed with a reason, which a second report does not change', async () => {
    const opened = delivery(20);
    await store.open(opened);
    await store.accept(opened.deliveryId, anna, noon);
    const first = await store.failed(opened.deliveryId, anna, 'nobody_home', noon);
    expect(first).toMatchObject({
      outcome: 'done',
      delivery: { status: 'failed', reason: 'nobody_home', sequence: 3 },
    });
    expect(await store.failed(opened.deliveryId, anna, 'refused', one)).toEqual(first);
    expect(await store.delivered(opened.deliveryId, anna, one)).toEqual({
      outcome: 'not_now',
      status: 'failed',
    });
    const { deliveries } = await store.list({ courierId: anna, limit: 100 });
    expect(deliveries.map(({ deliveryId }) => deliveryId)).not.toContain(opened.deliveryId);
  });

  it('is lost or failed only by the courier who has it', async () => {
    const opened = delivery(21);
    await store.open(opened);
    expect(await store.lost(opened.deliveryId, anna, noon)).toEqual({
      outcome: 'not_now',
      status: 'ready',
    });
    await store.accept(opened.deliveryId, anna, noon);
    expect(await store.lost(opened.deliveryId, boris, noon)).toEqual({ outcome: 'taken' });
    expect(await store.failed(opened.deliveryId, boris, 'other', noon)).toEqual({
      outcome: 'taken',
    });
    expect(await store.lost(opened.deliveryId, anna, one)).toMatchObject({
      outcome: 'done',
      delivery: { status: 'lost', sequence: 3 },
    });
  });
});

describe('a cancellation after packing', () => {
  it('takes the parcel back while no courier has it, and no courier gets it then', async () => {
    const opened = delivery(30);
    await store.open(opened);
    expect(await store.withdraw(opened.deliveryId, noon)).toEqual({ outcome: 'withdrawn' });
    expect(await store.withdraw(opened.deliveryId, one)).toEqual({ outcome: 'withdrawn' });
    expect(await store.accept(opened.deliveryId, anna, one)).toEqual({
      outcome: 'not_now',
      status: 'withdrawn',
    });
    expect((await allReady()).map(({ deliveryId }) => deliveryId)).not.toContain(opened.deliveryId);
  });

  it('comes too late once the parcel is handed over', async () => {
    const opened = delivery(31);
    await store.open(opened);
    await store.accept(opened.deliveryId, anna, noon);
    expect(await store.withdraw(opened.deliveryId, one)).toEqual({
      outcome: 'too_late',
      status: 'accepted',
    });
    expect(await store.withdraw(delivery(99).deliveryId, one)).toEqual({ outcome: 'not_found' });
  });

  it('and a courier who accepts at the same moment: one of the two wins', async () => {
    for (const n of [32, 33, 34, 35]) {
      const opened = delivery(n);
      await store.open(opened);
      const [withdrawn, accepted] = await Promise.all([
        store.withdraw(opened.deliveryId, noon),
        store.accept(opened.deliveryId, anna, noon),
      ]);
      expect([withdrawn.outcome, accepted.outcome]).toEqual(
        withdrawn.outcome === 'withdrawn' ? ['withdrawn', 'not_now'] : ['too_late', 'done'],
      );
    }
  });
});

describe('the list', () => {
  it('pages through every shard, oldest first, each delivery once', async () => {
    const before = (await allReady()).map(({ deliveryId }) => deliveryId);
    const opened = Array.from({ length: 25 }, (_, index) => delivery(100 + index));
    for (const each of opened.toReversed()) await store.open(each);
    const seen: Delivery[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({ limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.deliveries.length).toBeLessThanOrEqual(4);
      seen.push(...page.deliveries);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen.map(({ deliveryId }) => deliveryId).filter((id) => !before.includes(id))).toEqual(
      opened.map(({ deliveryId }) => deliveryId),
    );
  });

  it('holds of a courier what that courier has with them, and nobody’s delivered ones', async () => {
    const [kept, done] = [delivery(200), delivery(201)];
    for (const each of [kept, done]) {
      await store.open(each);
      await store.accept(each.deliveryId, boris, noon);
    }
    await store.delivered(done.deliveryId, boris, one);
    const { deliveries } = await store.list({ courierId: boris, limit: 100 });
    const ids = deliveries.map(({ deliveryId }) => deliveryId);
    expect(ids).toContain(kept.deliveryId);
    expect(ids).not.toContain(done.deliveryId);
    expect((await allReady()).map(({ deliveryId }) => deliveryId)).not.toContain(done.deliveryId);
  });
});

describe('what DynamoDB refuses', () => {
  it('is permanent where it will not change', async () => {
    const elsewhere = createDeliveryStore(tables.documents, 'no-such-table');
    await expect(elsewhere.open(delivery(300))).rejects.toThrow(PermanentFault);
  });

  it('is transient where nobody answers', async () => {
    const client = createDocumentClient(clientConfig('http://127.0.0.1:9'));
    const elsewhere = createDeliveryStore(client, 'deliveries');
    await expect(elsewhere.accept(delivery(300).deliveryId, anna, noon)).rejects.toThrow(
      TransientFault,
    );
  });
});
