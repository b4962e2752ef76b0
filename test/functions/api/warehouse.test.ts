import { describe, expect, it, vi } from 'vitest';
import type { CompleteResult } from '../../../domain/stock/ports.ts';
import type { Dependencies } from '../../../functions/warehouse-api/dependencies.ts';
import { warehouseApi } from '../../../functions/warehouse-api/index.ts';
import {
  context,
  courier,
  customer,
  inert,
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
    cancels: { cancelOrder: inert('cancelOrder') },
    nudge: { outbox: inert('nudge outbox'), mailbox: inert('nudge mailbox') },
    ...over,
  };
}

const send = (sent: Sent, over?: Partial<Dependencies>) =>
  warehouseApi(() => fakes(over))(proxyEvent(sent), context);

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

it('lets nobody in who is not of the warehouse', async () => {
  for (const sent of [{ route: '/warehouse/tasks' }, claim, complete, cancel]) {
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
