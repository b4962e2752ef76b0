import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JwtVerifier } from 'aws-jwt-verify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import * as z from 'zod';
import { VirtualClock } from '../../../local/clock.ts';
import { type Issuer, startIssuer } from '../../../local/services/issuer.ts';

const poolId = 'eu-central-1_local';
let dir: string;
let issuer: Issuer;
let clock: VirtualClock;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kassa-issuer-'));
  clock = new VirtualClock();
  issuer = await startIssuer({ dir, clock, poolId });
});

afterEach(async () => {
  await issuer.close();
  clock.close();
  rmSync(dir, { recursive: true, force: true });
});

async function verifierOf({ issuerOf }: Issuer) {
  const iss = issuerOf(poolId);
  const keys = await (await fetch(`${iss}/.well-known/jwks.json`)).json();
  const verifier = JwtVerifier.create({ issuer: iss, audience: null });
  verifier.cacheJwks(z.object({ keys: z.array(z.any()) }).parse(keys));
  return verifier;
}

async function ask(body: unknown): Promise<Response> {
  return fetch(`${issuer.url}/token`, { method: 'POST', body: JSON.stringify(body) });
}

it('issues tokens that pass as a user pool’s access tokens', async () => {
  const answer = z
    .object({ access_token: z.string(), expires_in: z.number() })
    .parse(await (await ask({ sub: 'ann', groups: ['customer'], expiresIn: 60 })).json());
  expect(answer.expires_in).toBe(60);
  const claims = await (await verifierOf(issuer)).verify(answer.access_token);
  expect(claims).toMatchObject({ sub: 'ann', 'cognito:groups': ['customer'], token_use: 'access' });
  expect(Number(claims.exp) - Number(claims.iat)).toBe(60);
});

it('reads the virtual clock', async () => {
  await clock.advance(3_600_000);
  const claims = await (await verifierOf(issuer)).verify(issuer.issue({ sub: 'ann' }));
  expect(Number(claims.iat) * 1000 - Date.now()).toBeGreaterThan(3_590_000);
  const late = issuer.issue({ sub: 'ann', expiresIn: -7200 });
  await expect((await verifierOf(issuer)).verify(late)).rejects.toThrow(/expired/);
});

it('keeps its key, so that a token outlives a restart', async () => {
  const token = issuer.issue({ sub: 'ann' });
  const port = Number(new URL(issuer.url).port);
  await issuer.close();
  issuer = await startIssuer({ dir, clock, poolId, port });
  await expect((await verifierOf(issuer)).verify(token)).resolves.toMatchObject({ sub: 'ann' });
});

it('refuses a request without a subject', async () => {
  expect((await ask({ groups: ['operations'] })).status).toBe(400);
  expect((await fetch(`${issuer.url}/token`, { method: 'POST', body: '{' })).status).toBe(400);
});
