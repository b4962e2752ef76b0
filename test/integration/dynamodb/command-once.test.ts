import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createCommandOnce } from '../../../adapters/dynamodb/command-once.ts';
import { NotYetFault, TransientFault } from '../../../domain/shared/errors.ts';
import { startTables } from './support.ts';

let tables: Awaited<ReturnType<typeof startTables>>;

beforeAll(async () => {
  tables = await startTables();
});

afterAll(() => tables.close());

const key = (deliveryId: string) => ({ deliveryId, courier: 'anna', command: 'accept' });

async function someCommandInProgress(): Promise<void> {
  await vi.waitFor(async () => {
    const { Items } = await tables.client.send(new ScanCommand({ TableName: 'idempotency' }));
    expect(Items?.some((item) => item['status']?.S === 'INPROGRESS')).toBe(true);
  });
}

it('carries a command out once and answers its repeats with the first answer', async () => {
  const once = createCommandOnce(tables.client, 'idempotency');
  const run = vi.fn(async () => ({ status: 'accepted' }));
  expect(await once(key('a'), 10_000, run)).toEqual({ status: 'accepted' });
  expect(await once(key('a'), 10_000, run)).toEqual({ status: 'accepted' });
  expect(run).toHaveBeenCalledTimes(1);
});

it('keeps no refusal: what is refused now may be right later', async () => {
  const once = createCommandOnce(tables.client, 'idempotency');
  const refusal = new Error('not ready');
  await expect(once(key('b'), 10_000, () => Promise.reject(refusal))).rejects.toBe(refusal);
  expect(await once(key('b'), 10_000, async () => 'now')).toBe('now');
});

it('tells couriers and commands apart', async () => {
  const once = createCommandOnce(tables.client, 'idempotency');
  expect(await once(key('c'), 10_000, async () => 'anna')).toBe('anna');
  expect(await once({ ...key('c'), courier: 'boris' }, 10_000, async () => 'boris')).toBe('boris');
  expect(await once({ ...key('c'), command: 'delivered' }, 10_000, async () => 'd')).toBe('d');
});

it('says that another worker has the command, until that worker is given up', async () => {
  const once = createCommandOnce(tables.client, 'idempotency');
  const hang = Promise.withResolvers<string>();
  const held = once(key('d'), 10_000, () => hang.promise);
  await someCommandInProgress();
  await expect(once(key('d'), 10_000, async () => 'second')).rejects.toThrow(NotYetFault);
  hang.resolve('first');
  expect(await held).toBe('first');

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  try {
    const dead = Promise.withResolvers<string>();
    const crashed = once(key('e'), 10_000, () => dead.promise);
    await someCommandInProgress();
    vi.setSystemTime(Date.now() + 11_000);
    expect(await once(key('e'), 10_000, async () => 'taken over')).toBe('taken over');
    dead.resolve('late');
    await crashed;
  } finally {
    vi.useRealTimers();
  }
});

it('is transient where its table cannot be reached', async () => {
  const once = createCommandOnce(tables.client, 'no-such-table');
  await expect(once(key('f'), 10_000, async () => 'x')).rejects.toThrow(TransientFault);
});
