import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { plans } from '../../domain/access/plans.ts';
import { type Call, send } from '../../local/demo/http.ts';
import { type Shop, startShop } from '../support/running-shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await startShop();
});

afterAll(async () => {
  await shop.close();
});

const bodySchema = z.looseObject({ type: z.string().optional() });

/** A call of the API; the code of the problem where it is one. */
async function call(path: string, with_: Call) {
  const answer = await send(`${shop.world.at.api}${path}`, with_);
  const body = bodySchema.parse(JSON.parse(answer.text));
  return { status: answer.status, code: body.type?.replace('urn:kassa:problem:', ''), body };
}

async function operations(path: string, with_: Call = {}) {
  shop.world.forgetTokens();
  return call(`/operations${path}`, {
    ...with_,
    token: await shop.world.token('otto', 'operations'),
  });
}

const madeSchema = z.object({ key: z.string(), apiKey: z.looseObject({ keyId: z.string() }) });

/** A key, made over HTTP by somebody of operations. */
async function makeKey(partner: string, scopes: readonly string[], over: object = {}) {
  const made = await operations('/api-keys', {
    headers: { 'idempotency-key': randomUUID() },
    body: { partner, scopes, ...over },
  });
  expect(made.status).toBe(201);
  const { key, apiKey } = madeSchema.parse(made.body);
  return { token: key, keyId: apiKey.keyId };
}

const both = ['orders:read', 'orders:write'];

const checkout = (token: string) =>
  call('/orders', {
    token,
    headers: { 'idempotency-key': randomUUID() },
    body: {
      items: [{ sku: 'TEA-CHA-020', quantity: 1 }],
      shippingAddress: {
        recipient: 'Ada Byron',
        line1: 'Torstrasse 1',
        postalCode: '10119',
        city: 'Berlin',
        country: 'DE',
      },
    },
  });

const orderIdOf = (body: unknown) => z.looseObject({ orderId: z.string() }).parse(body).orderId;

describe('a third party', () => {
  test('places, pays for, reads and cancels its own orders, and sees nobody else’s', async () => {
    const acme = await makeKey('acme', both);
    const other = await makeKey('other-shop', both);
    const placed = await checkout(acme.token);
    expect(placed.status).toBe(201);
    const path = `/orders/${orderIdOf(placed.body)}`;

    const read = await call(path, { token: acme.token });
    expect(read.body).toMatchObject({
      status: 'awaiting_payment',
      clientSecret: expect.any(String),
    });
    // Another key of the same third party has the same orders.
    const second = await makeKey('acme', ['orders:read']);
    expect((await call('/orders', { token: second.token })).body).toMatchObject({
      orders: [{ orderId: orderIdOf(placed.body) }],
    });

    expect(await call(path, { token: other.token })).toMatchObject({ status: 404 });
    const ann = await shop.world.token('ann', 'customer');
    expect(await call(path, { token: ann })).toMatchObject({ status: 404 });
    const anns = orderIdOf((await checkout(ann)).body);
    expect(await call(`/orders/${anns}`, { token: acme.token })).toMatchObject({ status: 404 });
    expect(await call(`/orders/${anns}/cancel`, { token: acme.token, body: {} })).toMatchObject({
      status: 404,
    });
    expect(await call(`${path}/cancel`, { token: acme.token, body: {} })).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });
  });

  test('may do what its key’s scopes say, and nothing of the staff’s', async () => {
    const reading = await makeKey('acme', ['orders:read']);
    const writing = await makeKey('acme', ['orders:write']);
    expect(await checkout(reading.token)).toMatchObject({
      status: 403,
      code: 'scope-missing',
      body: { scope: 'orders:write' },
    });
    const placed = await checkout(writing.token);
    expect(placed.status).toBe(201);
    const path = `/orders/${orderIdOf(placed.body)}`;
    expect(await call(path, { token: writing.token })).toMatchObject({ code: 'scope-missing' });
    expect((await call(path, { token: reading.token })).body).not.toHaveProperty('clientSecret');
    const all = await makeKey('acme', both);
    for (const closed of ['/warehouse/tasks', '/courier/deliveries', '/operations/api-keys']) {
      expect(await call(closed, { token: all.token }), closed).toMatchObject({
        status: 403,
        code: 'forbidden',
      });
    }
  });

  test('is throttled by its plan, alone: its other key with it, others and customers not', async () => {
    const busy = await makeKey('busy-shop', ['orders:read']);
    const sibling = await makeKey('busy-shop', ['orders:read']);
    const calm = await makeKey('calm-shop', ['orders:read']);
    const ann = await shop.world.token('ann', 'customer');
    const tokens = [busy.token, sibling.token, calm.token, ann];
    // Asked once each, so that the gateway knows them all.
    for (const token of tokens) expect((await call('/orders', { token })).status).toBe(200);

    const wave = plans.standard.burst + 40;
    const [answers, siblings, calms, anns] = await Promise.all(
      [wave, 5, 5, 5].map((times, which) =>
        Promise.all(
          Array.from({ length: times }, () => call('/orders', { token: tokens[which] ?? '' })),
        ),
      ),
    );
    const refused = (answers ?? []).filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const one of refused) expect(one).toMatchObject({ status: 429, code: 'throttled' });
    expect((siblings ?? []).some(({ status }) => status === 429)).toBe(true);
    for (const one of [...(calms ?? []), ...(anns ?? [])]) expect(one.status).toBe(200);
    await shop.world.advanceClock(60);
    expect((await call('/orders', { token: busy.token })).status).toBe(200);
  });
});

describe('a key', () => {
  test('is made once per request, and shown once', async () => {
    const request = {
      headers: { 'idempotency-key': randomUUID() },
      body: { partner: 'acme', scopes: both, note: 'the till' },
    };
    const first = await operations('/api-keys', request);
    const again = await operations('/api-keys', request);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).not.toHaveProperty('key');
    expect(again.body['apiKey']).toEqual(first.body['apiKey']);
    expect(
      await operations('/api-keys', { ...request, body: { ...request.body, plan: 'plus' } }),
    ).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    const { body } = await operations('/api-keys?limit=1');
    expect(body).toMatchObject({
      apiKeys: [{ partner: 'acme', note: 'the till', createdBy: 'otto', revokedAt: null }],
    });
  });

  test('is dead within five minutes after it was revoked or has expired', async () => {
    const revoked = await makeKey('acme', ['orders:read']);
    const expiring = await makeKey('acme', ['orders:read'], {
      expiresAt: new Date(shop.cloud.clock.now() + 60_000).toISOString(),
    });
    for (const { token } of [revoked, expiring]) {
      expect((await call('/orders', { token })).status).toBe(200);
    }
    const answer = await operations(`/api-keys/${revoked.keyId}`, { method: 'DELETE' });
    expect(answer).toMatchObject({ status: 200, body: { apiKey: { revokedBy: 'otto' } } });
    await shop.world.advanceClock(300);
    for (const { token } of [revoked, expiring]) {
      expect(await call('/orders', { token })).toMatchObject({
        status: 401,
        code: 'unauthenticated',
      });
    }
    expect(await operations(`/api-keys/${'0'.repeat(20)}`, { method: 'DELETE' })).toMatchObject({
      status: 404,
    });
  });

  test('that is made up, or has another’s id, opens nothing', async () => {
    const { token } = await makeKey('acme', both);
    const flipped = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    for (const wrong of [flipped, `kassa_${'0'.repeat(92)}`, token.toUpperCase()]) {
      expect(await call('/orders', { token: wrong })).toMatchObject({ status: 401 });
    }
    // The header that API Gateway would take a key from, were it the source, counts for nothing.
    expect(await call('/orders', { headers: { 'x-api-key': token } })).toMatchObject({
      status: 401,
    });
  });

  test('is nowhere on the disk: no table, log or queue has it in clear', async () => {
    const { token, keyId } = await makeKey('acme', both);
    await checkout(token);
    const secret = token.split('_').at(-1) ?? '';
    const files = readdirSync(shop.stateDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const holding = (text: string) => files.filter((file) => readFileSync(file).includes(text));
    expect(holding(keyId)).not.toEqual([]);
    expect(holding(secret)).toEqual([]);
  });
});
