import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTokenVerifier } from '../../../adapters/jwt/verifier.ts';
import { apiKeyIdSchema, apiKeySchema } from '../../../domain/access/api-key.ts';
import { usageKey } from '../../../domain/access/plans.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { authorize, Unauthorized } from '../../../functions/authorizer/authorize.ts';
import type { Dependencies } from '../../../functions/authorizer/dependencies.ts';
import { hashApiKey, readApiKeyId, writeApiKey } from '../../../functions/shared/api-key.ts';

const ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
const forged = generateKeyPairSync('rsa', { modulusLength: 2048 });
const clientId = 'shop-client';
const methodArn = 'arn:aws:execute-api:eu-central-1:123456789012:api1/staging/GET/orders/1';

let server: Server;
let issuer: string;
let down = false;
let asked = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    const found = request.url === '/pool-1/.well-known/jwks.json' && !down;
    response.writeHead(found ? 200 : 500, { 'content-type': 'application/json' });
    response.end(found ? JSON.stringify({ keys: [jwk(ours.publicKey)] }) : '{}');
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', () => listening.resolve());
  await listening.promise;
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/pool-1`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

afterEach(() => {
  down = false;
  find.mockReset();
  vi.useRealTimers();
});

function jwk(key: KeyObject) {
  return { ...key.export({ format: 'jwk' }), kid: 'key-1', use: 'sig', alg: 'RS256' };
}

const seconds = () => Math.floor(Date.now() / 1000);

function claims(over: Readonly<Record<string, unknown>> = {}) {
  return {
    sub: 'anna',
    iss: issuer,
    client_id: clientId,
    token_use: 'access',
    'cognito:groups': ['customer', 'newsletter'],
    iat: seconds(),
    exp: seconds() + 3600,
    ...over,
  };
}

function token(
  payload: Readonly<Record<string, unknown>> = claims(),
  options: { readonly key?: KeyObject; readonly header?: Readonly<Record<string, unknown>> } = {},
): string {
  const header = { alg: 'RS256', typ: 'JWT', kid: 'key-1', ...options.header };
  const content = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const key = options.key ?? ours.privateKey;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
}

function event(authorization?: string, name = 'Authorization') {
  return {
    type: 'REQUEST',
    methodArn,
    headers: authorization === undefined ? {} : { [name]: authorization },
  };
}

const now = new Date('2026-11-02T12:00:00.000Z');
const keyId = apiKeyIdSchema.parse('0123456789abcdef0123');
const apiKey = writeApiKey(keyId, new Uint8Array(32).fill(7));
const kept = apiKeySchema.parse({
  keyId,
  hash: hashApiKey(apiKey),
  partner: 'acme',
  plan: 'plus',
  slot: 3,
  scopes: ['orders:read'],
  note: '',
  createdAt: '2026-11-01T12:00:00.000Z',
  createdBy: 'otto',
  expiresAt: '2026-12-01T12:00:00.000Z',
  revokedAt: null,
  revokedBy: null,
});

const find = vi.fn<Dependencies['keys']['find']>();

const dependencies = (): Dependencies => ({
  tokens: createTokenVerifier({ issuer, clientId }),
  keys: { find },
  stage: 'staging',
});

describe('a good token', () => {
  it('lets its bearer onto the whole stage, so that the cached answer holds for every route', async () => {
    expect(await authorize(dependencies(), event(`Bearer ${token()}`), now)).toEqual({
      principalId: 'anna',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Action: 'execute-api:Invoke',
            Effect: 'Allow',
            Resource: 'arn:aws:execute-api:eu-central-1:123456789012:api1/staging/*',
          },
        ],
      },
      context: { sub: 'anna', groups: 'customer', scopes: '' },
      usageIdentifierKey: usageKey('staging', { plan: 'people' }),
    });
    expect(find).not.toHaveBeenCalled();
  });

  it('is good under a lower-case header too, and may have no groups', async () => {
    const bare = token(claims({ 'cognito:groups': undefined }));
    const { context } = await authorize(
      dependencies(),
      event(`bearer ${bare}`, 'authorization'),
      now,
    );
    expect(context).toEqual({ sub: 'anna', groups: '', scopes: '' });
  });

  it('asks the issuer for its keys once', async () => {
    const composed = dependencies();
    const before = asked;
    await authorize(composed, event(`Bearer ${token()}`), now);
    await authorize(composed, event(`Bearer ${token(claims({ sub: 'boris' }))}`), now);
    expect(asked - before).toBe(1);
  });
});

describe('Unauthorized is answered to', () => {
  const unsigned = () => {
    const [, payload] = token().split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'key-1' })).toString('base64url');
    return `${header}.${payload}.x`;
  };
  /** The public key, which everybody has, taken for the secret of an HMAC. */
  const confused = () => {
    const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'key-1' })).toString(
      'base64url',
    );
    const content = `${header}.${token().split('.')[1]}`;
    const pem = createPublicKey(ours.privateKey).export({ type: 'spki', format: 'pem' });
    return `${content}.${createHmac('sha256', pem).update(content).digest('base64url')}`;
  };
  const altered = () => {
    const [header, , signature] = token().split('.');
    const payload = Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url');
    return `${header}.${payload}.${signature}`;
  };

  it.each<[string, () => string | undefined]>([
    ['no header', () => undefined],
    ['an empty header', () => ''],
    ['another scheme', () => 'Basic YW5uYTpzZWNyZXQ='],
    ['no token', () => 'Bearer '],
    ['no JWT', () => 'Bearer abc'],
    ['an endless token', () => `Bearer ${token(claims({ note: 'a'.repeat(8000) }))}`],
    ['a forged token', () => `Bearer ${token(claims(), { key: forged.privateKey })}`],
    ['an altered token', () => `Bearer ${altered()}`],
    ['an unsigned token', () => `Bearer ${unsigned()}`],
    ['a token signed with the public key', () => `Bearer ${confused()}`],
    ['an unknown key', () => `Bearer ${token(claims(), { header: { kid: 'key-2' } })}`],
    ['an expired token', () => `Bearer ${token(claims({ exp: seconds() - 1 }))}`],
    ['a token without an end', () => `Bearer ${token(claims({ exp: undefined }))}`],
    ['a token for later', () => `Bearer ${token(claims({ nbf: seconds() + 600 }))}`],
    ['another issuer', () => `Bearer ${token(claims({ iss: 'https://evil.example' }))}`],
    ['another client', () => `Bearer ${token(claims({ client_id: 'other-client' }))}`],
    ['an id token', () => `Bearer ${token(claims({ token_use: 'id' }))}`],
    ['nobody', () => `Bearer ${token(claims({ sub: undefined }))}`],
    [
      'somebody who would be a third party',
      () => `Bearer ${token(claims({ sub: 'partner:acme' }))}`,
    ],
    ['a subject that would break a key', () => `Bearer ${token(claims({ sub: 'a#b' }))}`],
  ])('%s', async (_, authorization) => {
    const attempt = authorize(dependencies(), event(authorization()), now);
    await expect(attempt).rejects.toThrow(Unauthorized);
    // API Gateway answers 401 to this very text alone.
    await expect(attempt).rejects.toThrow(/^Unauthorized$/);
  });

  it('a token that was good until a moment ago', async () => {
    const composed = dependencies();
    const authorization = `Bearer ${token()}`;
    await authorize(composed, event(authorization), now);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3601_000 });
    await expect(authorize(composed, event(authorization), now)).rejects.toThrow(Unauthorized);
  });
});

describe('a third party’s key', () => {
  const bearing = (key: string, at = now) => authorize(dependencies(), event(`Bearer ${key}`), at);

  it('lets it onto the stage as itself, with the key’s scopes, counted in its own place', async () => {
    find.mockResolvedValueOnce(kept);
    expect(await bearing(apiKey)).toMatchObject({
      principalId: 'partner:acme',
      policyDocument: { Statement: [{ Effect: 'Allow', Resource: expect.stringMatching(/\*$/) }] },
      context: { sub: 'partner:acme', groups: '', scopes: 'orders:read' },
      usageIdentifierKey: usageKey('staging', { plan: 'plus', slot: 3 }),
    });
    expect(find).toHaveBeenCalledExactlyOnceWith(keyId);
  });

  it('is not in its answer, which API Gateway keeps', async () => {
    find.mockResolvedValueOnce(kept);
    const answer = JSON.stringify(await bearing(apiKey));
    expect(answer).not.toContain(apiKey);
    expect(answer).not.toContain(kept.hash);
  });

  it.each<[string, Awaited<ReturnType<Dependencies['keys']['find']>>, Date]>([
    ['unknown', undefined, now],
    ['revoked', { ...kept, revokedAt: '2026-11-02T11:00:00.000Z' }, now],
    ['expired', kept, new Date('2026-12-01T12:00:00.000Z')],
    ['another with the same id', { ...kept, hash: hashApiKey(`${apiKey}0`) }, now],
  ])('is nobody’s when it is %s', async (_, found, at) => {
    find.mockResolvedValueOnce(found);
    await expect(bearing(apiKey, at)).rejects.toThrow(Unauthorized);
    expect(find).toHaveBeenCalledOnce();
  });

  it.each([
    ['with a wrong checksum', apiKey.replace(/.$/, (last) => (last === '0' ? '1' : '0'))],
    ['cut short', apiKey.slice(0, -1)],
    ['with something after it', `${apiKey}0`],
    ['in capitals', apiKey.toUpperCase()],
    ['with another prefix', apiKey.replace('kassa_', 'other_')],
  ])('%s is not even looked up', async (_, wrong) => {
    await expect(bearing(wrong)).rejects.toThrow(Unauthorized);
    expect(find).not.toHaveBeenCalled();
  });

  it('is not called bad because the table does not answer', async () => {
    find.mockRejectedValueOnce(new TransientFault('dynamodb_unavailable', 'TimeoutError'));
    await expect(bearing(apiKey)).rejects.toThrow(TransientFault);
  });

  it('tells its id to whoever finds it', () => {
    expect(readApiKeyId(apiKey)).toBe(keyId);
    expect(apiKey).toMatch(/^kassa_[0-9a-f]{20}_[0-9a-f]{72}$/);
  });
});

it('does not call a token bad because the issuer is down', async () => {
  down = true;
  const composed = dependencies();
  const authorization = `Bearer ${token()}`;
  await expect(authorize(composed, event(authorization), now)).rejects.toThrow(TransientFault);
  down = false;
  expect(await authorize(composed, event(authorization), now)).toMatchObject({
    principalId: 'anna',
  });
});

it('fetches keys over plain HTTP from loopback alone', async () => {
  const { port } = new URL(issuer);
  // The same server by an address that is not on the list.
  const other = `http://[::ffff:127.0.0.1]:${port}/pool-1`;
  const before = asked;
  const attempt = createTokenVerifier({ issuer: other, clientId }).verify(
    token(claims({ iss: other })),
  );
  await expect(attempt).rejects.toThrow(TransientFault);
  expect(asked).toBe(before);
});
