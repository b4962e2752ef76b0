import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { listen, readBody, shut } from '../http.ts';
import { templateProperties } from './template.ts';

/** Nobody signs in on the laptop, so what a pool says about signing in changes nothing here. */
const signIn = 'the local issuer hands a token to whoever asks on the loopback';
export const UserPoolProperties = templateProperties(
  'AWS::Cognito::UserPool',
  {},
  Object.fromEntries(
    [
      ...['AccountRecoverySetting', 'AdminCreateUserConfig', 'AliasAttributes'],
      ...['AutoVerifiedAttributes', 'DeletionProtection', 'DeviceConfiguration'],
      ...['EmailConfiguration', 'EmailVerificationMessage', 'EmailVerificationSubject'],
      ...['EnabledMfas', 'MfaConfiguration', 'Policies', 'Schema', 'SmsConfiguration'],
      ...['SmsVerificationMessage', 'UserAttributeUpdateSettings', 'UsernameAttributes'],
      ...['UsernameConfiguration', 'UserPoolAddOns', 'UserPoolName', 'UserPoolTags'],
      ...['UserPoolTier', 'VerificationMessageTemplate', 'WebAuthnRelyingPartyID'],
      'WebAuthnUserVerification',
    ].map((property) => [property, signIn]),
  ),
);

export interface TokenRequest {
  readonly sub: string;
  /** `cognito:groups`. */
  readonly groups?: readonly string[] | undefined;
  /** Seconds on the virtual clock; an hour if not given. Negative: a token that has already expired. */
  readonly expiresIn?: number | undefined;
}

export interface Issuer {
  readonly url: string;
  /** The `iss` of a pool's tokens; its keys are at `<iss>/.well-known/jwks.json`. */
  issuerOf(poolId: string): string;
  issue(request: TokenRequest): string;
  close(): Promise<void>;
}

const Body = z.object({
  sub: z.string().min(1).max(128),
  groups: z.array(z.string().min(1).max(128)).max(100).optional(),
  expiresIn: z.number().int().optional(),
});

/**
 * Signs access tokens as a Cognito user pool does (RS256; sub, cognito:groups, client_id, token_use).
 * `POST /token` with a TokenRequest answers `{access_token, token_type, expires_in}`; loopback only.
 * The key lies in the state folder, so tokens outlive a restart.
 * @param options.poolId the pool whose tokens are issued
 */
export async function startIssuer(options: {
  readonly dir: string;
  readonly clock: Clock;
  readonly poolId: string;
  readonly clientId?: string;
  readonly port?: number;
}): Promise<Issuer> {
  const { clock, poolId } = options;
  const key = signingKey(options.dir);
  const jwks = JSON.stringify({ keys: [key.jwk] });
  let url = '';
  const issuerOf = (pool: string): string => `${url}/${pool}`;
  const issue = ({ sub, groups = [], expiresIn = 3600 }: TokenRequest): string => {
    const now = Math.floor(clock.now() / 1000);
    const claims = {
      sub,
      ...(groups.length === 0 ? {} : { 'cognito:groups': groups }),
      iss: issuerOf(poolId),
      client_id: options.clientId ?? 'local',
      origin_jti: randomUUID(),
      event_id: randomUUID(),
      token_use: 'access',
      scope: 'aws.cognito.signin.user.admin',
      auth_time: now,
      iat: now,
      exp: now + expiresIn,
      jti: randomUUID(),
      username: sub,
    };
    const signed = `${part({ alg: 'RS256', kid: key.jwk.kid, typ: 'JWT' })}.${part(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url');
    return `${signed}.${signature}`;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const send = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    };
    const path = new URL(request.url ?? '/', url).pathname;
    if (request.method === 'GET' && path.endsWith('/.well-known/jwks.json')) {
      send(200, jwks);
      return;
    }
    if (request.method === 'GET' && path.endsWith('/.well-known/openid-configuration')) {
      const issuer = issuerOf(path.split('/')[1] ?? poolId);
      const jwks_uri = `${issuer}/.well-known/jwks.json`;
      send(
        200,
        JSON.stringify({ issuer, jwks_uri, id_token_signing_alg_values_supported: ['RS256'] }),
      );
      return;
    }
    if (request.method !== 'POST' || path !== '/token') {
      send(404, JSON.stringify({ error: 'not_found' }));
      return;
    }
    const body = Body.safeParse(parse((await readBody(request, 65_536))?.toString('utf8') ?? ''));
    if (!body.success) {
      const error_description = z.prettifyError(body.error);
      send(400, JSON.stringify({ error: 'invalid_request', error_description }));
      return;
    }
    const expires_in = body.data.expiresIn ?? 3600;
    const access_token = issue(body.data);
    send(200, JSON.stringify({ access_token, token_type: 'Bearer', expires_in }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  url = await listen(server, options.port ?? 0);
  return { url, issuerOf, issue, close: () => shut(server) };
}

function signingKey(dir: string) {
  const file = join(dir, 'issuer.pem');
  if (!existsSync(file)) {
    mkdirSync(dir, { recursive: true });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  }
  const privateKey = createPrivateKey(readFileSync(file));
  const publicKey = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, jwk: { ...publicKey, alg: 'RS256', use: 'sig', kid: 'local' } };
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
