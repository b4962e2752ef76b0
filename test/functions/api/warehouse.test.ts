import { describe, expect, it, vi } from 'vitest';
import { orderIdSchema, skuSchema } from '../../../domain/shared/ids.ts';
import type { CompleteResult, StockStore } from '../../../domain/stock/ports.ts';
import type { Dependencies } from '../../../functions/warehouse-api/dependencies.ts';
import { warehouseApi } from '../../../functions/warehouse-api/index.ts';
import {
  context,
  courier,
  customer,
  described,
  inert,
  operator,
  orderId,
  problemOf,
  proxyEvent,
  type Sent,
  worker,
} from './support.ts';

const taskId = '01900000-0000-7000-8000-00000000000f';

function fakes(over: Partial<Dependencies> = {}): Dependencies {
  return {
    warehouse: { tasks: inert('tasks'), claim: inert('claim'), complete: inert('complete') },
    stock: {
      receiveGoods: inert('receiveGoods'),
      correctStock: inert('correctStock'),
      stock: inert('stock'),
      returns: inert('returns'),
      receiveReturn: inert('receiveReturn'),
    },
    cancels: { cancelOrder: inert('cancelOrder') },
    nudge: { outbox: inert('nudge outbox'), mailbox: inert('nudge mailbox') },
    ...over,
  };
}

const send = async (sent: Sent, over?: Partial<Dependencies>) =>
  described(sent, await warehouseApi(() => fakes(over))(proxyEvent(sent), context));

const claim: Sent = {
  method: 'POST',
  route: '/warehouse/tasks/{taskId}/claim',
  parameters: { taskId },
  caller: worker,
};
const complete: Sent = {
  ...claim,
  route: '/warehouse/tasks/{taskId}/complete',
  body: { picked: [{ sku: 'TEA-1', quantity: 2 }] },
};
const cancel: Sent = {
  method: 'POST',
  route: '/warehouse/orders/{orderId}/cancel',
  parameters: { orderId },
  caller: worker,
  body: { reason: 'water damage' },
};

const key = { 'Idempotency-Key': 'delivery-note-4711' };
const receive: Sent = {
  method: 'POST',
  route: '/warehouse/receipts',
  caller: worker,
  headers: key,
  body: { lines: [{ sku: 'TEA-1', quantity: 40 }], reason: 'delivery note 4711' },
};
const correct: Sent = {
  ...receive,
  route: '/warehouse/corrections',
  body: { sku: 'TEA-1', counted: 3, reason: 'counted' },
};
const received: Sent = {
  ...claim,
  route: '/warehouse/tasks/{taskId}/return-received',
  body: { lines: [{ sku: 'TEA-1', good: 1, damaged: 1 }] },
};

it('lets nobody in who is not of the warehouse', async () => {
  for (const sent of [
    { route: '/warehouse/tasks' },
    { route: '/warehouse/returns' },
    claim,
    complete,
    cancel,
    receive,
    correct,
    received,
  ]) {
    for (const caller of [
      customer,
      courier,
      { sub: 'x', groups: '' },
      { sub: 'x', groups: 'warehouses' },
    ]) {
      expect(problemOf(await send({ ...sent, caller }))).toMatchObject({
        status: 403,
        group: 'warehouse',
      });
    }
    expect(problemOf(await send({ ...sent, caller: undefined }))).toMatchObject({ status: 401 });
  }
});

describe('the tasks', () => {
  it('are the open ones, or with mine=true the caller’s own', async () => {
    const tasks = vi.fn(async () => []);
    const warehouse = { ...fakes().warehouse, tasks };
    await send({ route: '/warehouse/tasks', caller: worker }, { warehouse });
    expect(tasks).toHaveBeenLastCalledWith({ limit: 20 });
    const query = { mine: ['true'], limit: ['100'], after: [taskId] };
    await send({ route: '/warehouse/tasks', caller: worker, query }, { warehouse });
    expect(tasks).toHaveBeenLastCalledWith({ limit: 100, claimedBy: 'wanda', after: taskId });
  });
});

describe('claiming', () => {
  it.each([
    [{ outcome: 'taken' as const }, { status: 409, code: 'task-taken' }],
    [
      { outcome: 'closed' as const, status: 'cancelled' as const },
      { status: 409, code: 'task-closed', taskStatus: 'cancelled' },
    ],
    [{ outcome: 'not_found' as const }, { status: 404, code: 'not-found' }],
  ])('%j is told', async (result, problem) => {
    const warehouse = { ...fakes().warehouse, claim: async () => result };
    expect(problemOf(await send(claim, { warehouse }))).toMatchObject(problem);
  });

  it('a task that cannot be one asks no store', async () => {
    expect(problemOf(await send({ ...claim, parameters: { taskId: 'x' } }))).toMatchObject({
      status: 404,
    });
  });
});

describe('completing', () => {
  it('reports what was picked as the caller and wakes the relays', async () => {
    const done = vi.fn(async (): Promise<CompleteResult> => ({ outcome: 'packed' }));
    const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
    const warehouse = { ...fakes().warehouse, complete: done };
    const result = await send(complete, { warehouse, nudge });
    expect(JSON.parse(result.body)).toEqual({ taskId, status: 'packed' });
    expect(done).toHaveBeenCalledWith(
      taskId,
      'wanda',
      [{ sku: 'TEA-1', quantity: 2 }],
      expect.any(Date),
      { missing: false },
    );
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
  });

  it('says that pieces are missing, also when nothing was found, and wakes the relays', async () => {
    const done = vi.fn(async (): Promise<CompleteResult> => ({ outcome: 'short' }));
    const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
    const warehouse = { ...fakes().warehouse, complete: done };
    const body = { picked: [], missing: true };
    const result = await send({ ...complete, body }, { warehouse, nudge });
    expect(JSON.parse(result.body)).toEqual({ taskId, status: 'short' });
    expect(done).toHaveBeenCalledWith(taskId, 'wanda', [], expect.any(Date), { missing: true });
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { outcome: 'mismatch' as const, expected: [{ sku: 'TEA-1', quantity: 3 }] },
      { status: 422, code: 'wrong-quantities', expected: [{ sku: 'TEA-1', quantity: 3 }] },
    ],
    [{ outcome: 'not_yours' as const }, { status: 409, code: 'task-not-claimed' }],
    [
      { outcome: 'closed' as const, status: 'cancelled' as const },
      { status: 409, code: 'task-closed', taskStatus: 'cancelled' },
    ],
    [{ outcome: 'not_found' as const }, { status: 404, code: 'not-found' }],
  ])('%j is told and wakes nobody', async (result, problem) => {
    const warehouse = { ...fakes().warehouse, complete: async () => result };
    expect(problemOf(await send(complete, { warehouse }))).toMatchObject(problem);
  });

  it.each([
    undefined,
    {},
    { picked: [] },
    { picked: [], missing: false },
    { picked: [], missing: 'true' },
    { picked: [{ sku: 'TEA-1', quantity: '2' }] },
    { picked: [{ sku: 'TEA-1', quantity: -2 }] },
    { picked: [{ sku: 'tea', quantity: 2 }] },
    { picked: [{ sku: 'TEA-1', quantity: 2 }], captureAmount: 1 },
  ])('with %j changes nothing', async (body) => {
    const result = await send({ ...complete, body });
    expect([415, 422]).toContain(problemOf(result).status);
  });
});

describe('cancelling', () => {
  it('names the warehouse and its reason', async () => {
    const cancelOrder = vi.fn(async () => ({ outcome: 'cancelled' as const }));
    const nudge = { outbox: async () => undefined, mailbox: async () => undefined };
    const result = await send(cancel, { cancels: { cancelOrder }, nudge });
    expect(result.statusCode).toBe(200);
    expect(cancelOrder).toHaveBeenCalledWith(
      orderId,
      { subject: 'wanda', role: 'warehouse', reason: 'water damage' },
      expect.any(Date),
    );
  });

  it('without a reason changes nothing', async () => {
    for (const body of [{}, { reason: '' }, { reason: '   ' }]) {
      expect(problemOf(await send({ ...cancel, body }))).toMatchObject({ status: 422 });
    }
  });

  it('too late is told', async () => {
    const cancels = {
      cancelOrder: async () => ({ outcome: 'too_late', status: 'packed' }) as const,
    };
    expect(problemOf(await send(cancel, { cancels }))).toMatchObject({
      status: 409,
      orderStatus: 'packed',
    });
  });
});

describe('the stock', () => {
  const level = { sku: skuSchema.parse('TEA-1'), name: 'Tea', onHand: 3, reserved: 3 };
  const by = { subject: 'wanda', key: 'delivery-note-4711' };

  it('is listed for the warehouse and operations, page by page', async () => {
    const list = vi.fn(async () => [level]);
    const stock = { ...fakes().stock, stock: list };
    const sent: Sent = { route: '/warehouse/stock', query: { limit: ['1'], after: ['TEA-0'] } };
    for (const caller of [worker, operator]) {
      const result = await send({ ...sent, caller }, { stock });
      expect(JSON.parse(result.body)).toEqual({ stock: [level], next: 'TEA-1' });
    }
    expect(list).toHaveBeenLastCalledWith({ limit: 1, after: 'TEA-0' });
    expect(problemOf(await send({ ...sent, caller: customer }))).toMatchObject({ status: 403 });
  });

  it('grows by a receipt, with who, why and the key', async () => {
    const receiveGoods = vi.fn<StockStore['receiveGoods']>(async () => ({
      outcome: 'received',
      levels: [level],
    }));
    const result = await send(receive, { stock: { ...fakes().stock, receiveGoods } });
    expect(result.statusCode).toBe(201);
    expect(receiveGoods).toHaveBeenCalledWith(
      [{ sku: 'TEA-1', quantity: 40 }],
      { ...by, reason: 'delivery note 4711' },
      expect.any(Date),
    );
  });

  it('the warehouse counts 3 where 5 are reserved: taken, and the orders concerned are told and moved on', async () => {
    const [cancelled, short] = [orderIdSchema.parse(orderId), orderIdSchema.parse(taskId)];
    const correctStock = vi.fn<StockStore['correctStock']>(async () => ({
      outcome: 'corrected',
      level,
      cancelledOrders: [cancelled],
      shortOrders: [short],
    }));
    const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
    const result = await send(correct, { stock: { ...fakes().stock, correctStock }, nudge });
    expect(JSON.parse(result.body)).toEqual({
      level,
      cancelledOrders: [cancelled],
      shortOrders: [short],
    });
    expect(correctStock.mock.calls[0]?.slice(0, 3)).toEqual([
      'TEA-1',
      3,
      { ...by, reason: 'counted' },
    ]);
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
    expect(nudge.outbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { outcome: 'unknown_sku' as const, skus: [skuSchema.parse('TEA-1')] },
      { status: 422, code: 'unknown-products', skus: ['TEA-1'] },
    ],
    [{ outcome: 'key_reused' as const }, { status: 422, code: 'idempotency-key-reused' }],
  ])('%j is told', async (refusal, problem) => {
    const stock: StockStore = {
      ...fakes().stock,
      receiveGoods: async () => refusal,
      correctStock: async () => refusal,
    };
    for (const sent of [receive, correct]) {
      expect(problemOf(await send(sent, { stock }))).toMatchObject(problem);
    }
  });

  it('is not changed without a key, a reason, or by numbers that are none', async () => {
    for (const sent of [receive, correct]) {
      expect(problemOf(await send({ ...sent, headers: {} }))).toMatchObject({ status: 400 });
    }
    const line = { sku: 'TEA-1', quantity: 1 };
    for (const [sent, body] of [
      [receive, { lines: [line] }],
      [receive, { lines: [line], reason: ' ' }],
      [receive, { lines: [], reason: 'x' }],
      [receive, { lines: [{ ...line, quantity: 0 }], reason: 'x' }],
      [receive, { lines: [{ ...line, quantity: 1e9 }], reason: 'x' }],
      [correct, { sku: 'TEA-1', counted: -1, reason: 'x' }],
      [correct, { sku: 'TEA-1', counted: '3', reason: 'x' }],
      [correct, { sku: 'TEA-1', counted: 3 }],
    ] as const) {
      expect(problemOf(await send({ ...sent, body }))).toMatchObject({ status: 422 });
    }
  });
});

describe('a parcel that is back', () => {
  it('is received with the condition of its pieces, and the machine goes on', async () => {
    const receiveReturn = vi.fn<StockStore['receiveReturn']>(async () => ({ outcome: 'received' }));
    const nudge = { outbox: vi.fn(async () => undefined), mailbox: vi.fn(async () => undefined) };
    const result = await send(received, { stock: { ...fakes().stock, receiveReturn }, nudge });
    expect(JSON.parse(result.body)).toEqual({ taskId, status: 'received' });
    expect(receiveReturn).toHaveBeenCalledWith(
      taskId,
      'wanda',
      [{ sku: 'TEA-1', good: 1, damaged: 1 }],
      expect.any(Date),
    );
    expect(nudge.mailbox).toHaveBeenCalledTimes(1);
  });

  it.each([
    [
      { outcome: 'mismatch' as const, expected: [{ sku: 'TEA-1', quantity: 1 }] },
      { status: 422, code: 'wrong-quantities', expected: [{ sku: 'TEA-1', quantity: 1 }] },
    ],
    [
      { outcome: 'closed' as const, status: 'received' as const },
      { status: 409, code: 'task-closed', taskStatus: 'received' },
    ],
    [{ outcome: 'not_found' as const }, { status: 404, code: 'not-found' }],
  ])('%j is told and wakes nobody', async (result, problem) => {
    const stock: StockStore = { ...fakes().stock, receiveReturn: async () => result };
    expect(problemOf(await send(received, { stock }))).toMatchObject(problem);
  });

  it('is on the list until then', async () => {
    const returns = vi.fn(async () => []);
    const stock = { ...fakes().stock, returns };
    const query = { after: [taskId] };
    await send({ route: '/warehouse/returns', caller: worker, query }, { stock });
    expect(returns).toHaveBeenCalledWith({ limit: 20, after: taskId });
  });
});
