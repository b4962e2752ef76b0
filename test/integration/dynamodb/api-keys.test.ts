import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiKeyStore } from '../../../adapters/dynamodb/api-keys.ts';
import { createDocumentClient } from '../../../adapters/dynamodb/client.ts';
import {
  type ApiKeyId,
  type ApiKeyWish,
  apiKeyIdSchema,
  apiKeySchema,
} from '../../../domain/access/api-key.ts';
import { partnerIdSchema } from '../../../domain/access/partner.ts';
import type { ApiKeyStore } from '../../../domain/access/ports.ts';
import { PermanentFault, TransientFault } from '../../../domain/shared/errors.ts';
import { anna, boris, clientConfig, startTables } from './support.ts';

let tables: Awaited<ReturnType<typeof startTables>> | undefined;
let store: ApiKeyStore;
const noon = new Date('2026-11-02T12:00:00.000Z');
const one = new Date('2026-11-02T13:00:00.000Z');

beforeEach(async () => {
  await tables?.close();
  tables = await startTables();
  store = createApiKeyStore(tables.documents, 'access', 3);
});

afterAll(() => tables?.close());

const id = (n: number): ApiKeyId => apiKeyIdSchema.parse(n.toString(16).padStart(20, '0'));

const wish = (partner: string, over: Partial<ApiKeyWish> = {}): ApiKeyWish => ({
  ...apiKeySchema
    .pick({ plan: true, scopes: true, note: true, expiresAt: true })
    .parse({ plan: 'standard', scopes: ['orders:read'], note: 'the till', expiresAt: null }),
  partner: partnerIdSchema.parse(partner),
  ...over,
});

const made = (n: number, now = noon) => ({
  hash: n.toString(16).padStart(64, '0'),
  by: anna,
  now,
});

async function slotOf(n: number, asked: ApiKeyWish): Promise<number | string> {
  const result = await store.issue(id(n), asked, made(n));
  return 'key' in result ? result.key.slot : result.outcome;
}

describe('a key', () => {
  it('is found as it was made: by whom, when, for what', async () => {
    const result = await store.issue(id(1), wish('acme'), made(1));
    const key = { ...wish('acme'), keyId: id(1), hash: made(1).hash, slot: 1 };
    const expected = {
      ...key,
      createdAt: noon.toISOString(),
      createdBy: anna,
      revokedAt: null,
      revokedBy: null,
    };
    expect(result).toEqual({ outcome: 'issued', key: expected });
    expect(await store.find(id(1))).toEqual(expected);
    expect(await store.find(id(2))).toBeUndefined();
  });

  it('is made once per request: again it is the existing one, with the hash of the first', async () => {
    await store.issue(id(1), wish('acme'), made(1));
    expect(await store.issue(id(1), wish('acme'), made(9, one))).toMatchObject({
      outcome: 'existing',
      key: { hash: made(1).hash, createdAt: noon.toISOString() },
    });
    expect(await store.issue(id(1), wish('acme', { plan: 'plus' }), made(9))).toEqual({
      outcome: 'key_reused',
    });
  });

  it('is made once by ten requests at the same moment', async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) => store.issue(id(1), wish('acme'), made(n + 1))),
    );
    const outcomes = results.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual([...Array.from({ length: 9 }, () => 'existing'), 'issued']);
    expect(await slotOf(2, wish('other'))).toBe(2);
  });

  it('stays revoked by whoever revoked it first', async () => {
    await store.issue(id(1), wish('acme'), made(1));
    const revoked = { revokedAt: noon.toISOString(), revokedBy: anna };
    expect(await store.revoke(id(1), anna, noon)).toMatchObject(revoked);
    expect(await store.revoke(id(1), boris, one)).toMatchObject(revoked);
    expect(await store.find(id(1))).toMatchObject(revoked);
    expect(await store.revoke(id(2), anna, noon)).toBeUndefined();
  });

  it('is listed, the newest first, page by page', async () => {
    for (const n of [1, 2, 3, 4, 5]) {
      await store.issue(id(n), wish('acme'), made(n, new Date(noon.getTime() + (n % 3) * 1000)));
    }
    const pages = [];
    let after: string | undefined;
    do {
      const page = await store.list({ limit: 2, after });
      pages.push(page.keys.map(({ keyId }) => Number.parseInt(keyId, 16)));
      after = page.next;
    } while (after !== undefined);
    expect(pages).toEqual([[5, 2], [4, 1], [3]]);
  });
});

describe('places in a plan', () => {
  it('are one for each third party, which all its keys share', async () => {
    expect(await slotOf(1, wish('acme'))).toBe(1);
    expect(await slotOf(2, wish('other'))).toBe(2);
    expect(await slotOf(3, wish('acme'))).toBe(1);
    expect(await slotOf(4, wish('acme', { plan: 'plus' }))).toBe(1);
    expect(await slotOf(5, wish('other', { plan: 'plus' }))).toBe(2);
  });

  it('are never shared by third parties who come at the same moment', async () => {
    const partners = ['aaa', 'bbb', 'ccc'];
    const slots = await Promise.all(partners.map((partner, n) => slotOf(n + 1, wish(partner))));
    expect([...slots].sort()).toEqual([1, 2, 3]);
  });

  it('run out: a newcomer is told, who has one goes on', async () => {
    for (const [n, partner] of ['aaa', 'bbb', 'ccc'].entries()) await slotOf(n, wish(partner));
    expect(await slotOf(7, wish('ddd'))).toBe('plan_full');
    expect(await store.find(id(7))).toBeUndefined();
    expect(await slotOf(8, wish('bbb'))).toBe(2);
    // The operator gives the plan more keys.
    if (tables === undefined) throw new Error('no tables');
    store = createApiKeyStore(tables.documents, 'access', 4);
    expect(await slotOf(7, wish('ddd'))).toBe(4);
  });

  it('are not handed on when the last key is revoked', async () => {
    await slotOf(1, wish('acme'));
    await store.revoke(id(1), anna, noon);
    expect(await slotOf(2, wish('other'))).toBe(2);
    expect(await slotOf(3, wish('acme'))).toBe(1);
  });
});

it('a key of an unknown form is a fault, not a key', async () => {
  await tables?.documents.send(
    new PutCommand({
      TableName: 'access',
      Item: { pk: `KEY#${id(1)}`, sk: 'KEY', listPk: 'KEYS', listSk: 'x', keyId: id(1) },
    }),
  );
  await expect(store.find(id(1))).rejects.toThrow(PermanentFault);
});

it('a table that does not answer may be asked again', async () => {
  const nowhere = createDocumentClient(clientConfig('http://127.0.0.1:9'));
  const lost = createApiKeyStore(nowhere, 'access', 3);
  await expect(lost.find(id(1))).rejects.toThrow(TransientFault);
  await expect(lost.issue(id(1), wish('acme'), made(1))).rejects.toThrow(TransientFault);
});
