import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type ApiKey, apiKeySchema } from '../../../domain/access/api-key.ts';
import { scopes } from '../../../domain/access/scopes.ts';
import { apiOperations } from '../../../domain/api/api.ts';
import type { Dependencies } from '../../../functions/operations-api/dependencies.ts';
import { operationsApi } from '../../../functions/operations-api/index.ts';
import { hashApiKey, readApiKeyId } from '../../../functions/shared/api-key.ts';
import {
  context,
  courier,
  customer,
  described,
  inert,
  operator,
  partner,
  problemOf,
  proxyEvent,
  type Sent,
  worker,
} from './support.ts';

type Keys = Dependencies['keys'];

function fakes(keys: Partial<Keys>): Dependencies {
  return {
    operations: {
      findOrders: inert('findOrders'),
      findings: inert('findings'),
      resolveFinding: inert('resolveFinding'),
      endWait: inert('endWait'),
    },
    orders: { orderOf: inert('orderOf') },
    refunds: { requestRefund: inert('requestRefund'), refundsOf: inert('refundsOf') },
    timeline: { timelineOf: inert('timelineOf') },
    deliveries: { withdraw: inert('withdraw') },
    nudge: { outbox: inert('nudge outbox'), mailbox: inert('nudge mailbox') },
    keys: { issue: inert('issue'), list: inert('list'), revoke: inert('revoke'), ...keys },
    secret: () => crypto.getRandomValues(new Uint8Array(32)),
  };
}

const send = async (sent: Sent, keys: Partial<Keys> = {}) =>
  described(sent, await operationsApi(() => fakes(keys))(proxyEvent(sent), context));

/** As the store would keep it. */
const issuing = vi.fn<Keys['issue']>(async (keyId, wish, made) => ({
  outcome: 'issued',
  key: apiKeySchema.parse({
    ...wish,
    keyId,
    hash: made.hash,
    slot: 1,
    createdAt: made.now.toISOString(),
    createdBy: made.by,
    revokedAt: null,
    revokedBy: null,
  }),
}));

const wish = { partner: 'acme', scopes: ['orders:read', 'orders:write'] };
const making: Sent = {
  method: 'POST',
  route: '/operations/api-keys',
  headers: { 'Idempotency-Key': 'key-0001' },
  caller: operator,
  body: wish,
};
const listing: Sent = { route: '/operations/api-keys', caller: operator };
const revoking: Sent = {
  method: 'DELETE',
  route: '/operations/api-keys/{keyId}',
  parameters: { keyId: '0123456789abcdef0123' },
  caller: operator,
};

const madeSchema = z.object({
  key: z.string(),
  apiKey: z.looseObject({ keyId: z.string() }),
});

async function make(sent: Sent = making) {
  const result = await send(sent, { issue: issuing });
  expect(result.statusCode).toBe(201);
  return madeSchema.parse(JSON.parse(result.body));
}

async function kept(): Promise<ApiKey> {
  await make();
  const last = await issuing.mock.results.at(-1)?.value;
  if (last === undefined || !('key' in last)) throw new Error('no key');
  return last.key;
}

it('lets nobody in but operations, least of all keys', async () => {
  for (const sent of [making, listing, revoking]) {
    for (const caller of [customer, worker, courier, partner]) {
      expect(problemOf(await send({ ...sent, caller }))).toMatchObject({
        status: 403,
        group: 'operations',
      });
    }
    expect(problemOf(await send({ ...sent, caller: undefined }))).toMatchObject({ status: 401 });
  }
});

describe('a key', () => {
  it('is shown to who makes it, and only its hash is kept', async () => {
    const { key, apiKey } = await make();
    expect(readApiKeyId(key)).toBe(apiKey.keyId);
    const [keyId, asked, made] = issuing.mock.lastCall ?? [];
    expect(keyId).toBe(apiKey.keyId);
    expect(asked).toEqual({ ...wish, plan: 'standard', note: '', expiresAt: null });
    expect(made).toMatchObject({ hash: hashApiKey(key), by: 'otto' });
    expect(JSON.stringify(issuing.mock.lastCall)).not.toContain(key);
  });

  it('is another one each time, under the same id for the same request', async () => {
    const [first, again] = [await make(), await make()];
    expect(again.key).not.toBe(first.key);
    expect(again.apiKey.keyId).toBe(first.apiKey.keyId);
    const other = await make({ ...making, headers: { 'Idempotency-Key': 'key-0002' } });
    const others = await make({ ...making, caller: { ...operator, sub: 'olga' } });
    expect(new Set([first, other, others].map(({ apiKey }) => apiKey.keyId)).size).toBe(3);
  });

  it('is not shown again when the request comes again', async () => {
    const key = await kept();
    const again = await send(making, { issue: async () => ({ outcome: 'existing', key }) });
    expect(again.statusCode).toBe(200);
    expect(again.body).toContain(key.keyId);
    expect(again.body).not.toContain('kassa_');
    expect(again.body).not.toContain(key.hash);
  });

  it.each([
    [
      'the request’s key stands for another',
      { outcome: 'key_reused' },
      422,
      'idempotency-key-reused',
    ],
    ['its plan is full', { outcome: 'plan_full' }, 409, 'plan-full'],
  ] as const)('is refused where %s', async (_, outcome, status, code) => {
    const result = await send(making, { issue: async () => outcome });
    expect(problemOf(result)).toMatchObject({ status, code });
  });

  it.each([
    ['no scope', { ...wish, scopes: [] }],
    ['a scope twice', { ...wish, scopes: ['orders:read', 'orders:read'] }],
    ['a scope there is not', { ...wish, scopes: ['orders:everything'] }],
    ['a plan there is not', { ...wish, plan: 'unlimited' }],
    ['the plan of people', { ...wish, plan: 'people' }],
    ['a partner who would be somebody else', { ...wish, partner: 'anna:x' }],
    ['nobody', { scopes: wish.scopes }],
    ['an end that is past', { ...wish, expiresAt: '2020-01-01T00:00:00Z' }],
    ['an end that is no time', { ...wish, expiresAt: 'tomorrow' }],
    ['a key of one’s own', { ...wish, key: 'kassa_0' }],
  ])('is not made for %s', async (_, body) => {
    expect(problemOf(await send({ ...making, body }))).toMatchObject({ status: 422 });
  });

  it('is not made without an Idempotency-Key', async () => {
    expect(problemOf(await send({ ...making, headers: {} }))).toMatchObject({
      code: 'idempotency-key-missing',
    });
  });

  it('may end, at a time that every zone understands the same', async () => {
    await make({ ...making, body: { ...wish, expiresAt: '2999-01-01T00:00:00Z' } });
    expect(issuing.mock.lastCall?.[1].expiresAt).toBe('2999-01-01T00:00:00.000Z');
  });
});

it('keys are listed with who made them, without hash or place, and a cursor', async () => {
  const key = await kept();
  const next = `${key.createdAt}#${key.keyId}`;
  const list = vi.fn<Keys['list']>(async () => ({ keys: [key], next }));
  const page = z
    .object({ apiKeys: z.array(z.record(z.string(), z.unknown())), next: z.string() })
    .parse(JSON.parse((await send({ ...listing, query: { limit: ['1'] } }, { list })).body));
  expect(page.apiKeys).toMatchObject([{ keyId: key.keyId, createdBy: 'otto', revokedAt: null }]);
  for (const hidden of ['hash', 'slot']) expect(page.apiKeys[0]).not.toHaveProperty(hidden);
  await send({ ...listing, query: { after: [page.next] } }, { list });
  expect(list.mock.calls).toEqual([[{ limit: 1 }], [{ limit: 20, after: next }]]);
  expect(problemOf(await send({ ...listing, query: { after: ['eA'] } }))).toMatchObject({
    status: 422,
  });
});

it('a key is revoked by somebody, or there is none', async () => {
  const key = await kept();
  const revoke = vi.fn<Keys['revoke']>(async (_, by, now) => ({
    ...key,
    revokedAt: now.toISOString(),
    revokedBy: by,
  }));
  const parameters = { keyId: key.keyId };
  const result = await send({ ...revoking, parameters }, { revoke });
  expect(JSON.parse(result.body)).toMatchObject({
    apiKey: { keyId: key.keyId, revokedBy: 'otto' },
  });
  expect(revoke.mock.lastCall?.[0]).toBe(key.keyId);
  expect(
    problemOf(await send({ ...revoking, parameters }, { revoke: async () => undefined })),
  ).toMatchObject({ status: 404 });
  expect(problemOf(await send({ ...revoking, parameters: { keyId: 'x' } }))).toMatchObject({
    status: 404,
  });
});

it('every scope has a call that takes it', () => {
  const taken = Object.values(apiOperations)
    .flat()
    .flatMap(({ scope }) => scope ?? []);
  expect(new Set(taken)).toEqual(new Set(scopes));
});
