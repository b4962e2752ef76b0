import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { type ApiKey, type ApiKeyId, apiKeyIdSchema } from '../../domain/access/api-key.ts';
import { accessOperations, type apiKeyBodySchema } from '../../domain/api/access.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { hashApiKey, writeApiKey } from '../shared/api-key.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireAccess } from '../shared/http/caller.ts';
import { readIdempotencyKey } from '../shared/http/idempotency.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

const { issue, list, revoke } = accessOperations;

/** `POST /operations/api-keys`: shows the key once; the same request again finds it without. */
export const issueKey: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireAccess(request, issue);
  const keyId = keyIdOf(subject, readIdempotencyKey(request));
  const { expiresAt = null, ...wish } = readBody(request, issue.body);
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
    throw new HttpProblem('invalid-request', {
      errors: [{ pointer: '#/expiresAt', message: 'must not be past' }],
    });
  }
  const key = writeApiKey(keyId, dependencies.secret());
  const made = { hash: hashApiKey(key), by: subject, now };
  const result = await dependencies.keys.issue(keyId, { ...wish, expiresAt }, made);
  switch (result.outcome) {
    case 'issued':
      return { status: 201, body: { key, apiKey: keyBody(result.key) } };
    case 'existing':
      return { status: 200, body: { apiKey: keyBody(result.key) } };
    case 'key_reused':
      throw new HttpProblem('idempotency-key-reused');
    case 'plan_full':
      throw new HttpProblem('plan-full', { extensions: { plan: wish.plan } });
  }
};

/** `GET /operations/api-keys`. */
export const listKeys: Route<Dependencies> = async (dependencies, request) => {
  requireAccess(request, list);
  const page = await dependencies.keys.list(readQuery(request, list.query));
  return {
    status: 200,
    body: {
      apiKeys: page.keys.map(keyBody),
      ...(page.next === undefined ? {} : { next: Buffer.from(page.next).toString('base64url') }),
    },
  };
};

/** `DELETE /operations/api-keys/{keyId}`: again answers the same, and the first revocation stays. */
export const revokeKey: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireAccess(request, revoke);
  const keyId = readPathId(request, 'keyId', revoke.parameters.keyId);
  const key = await dependencies.keys.revoke(keyId, subject, now);
  if (key === undefined) throw new HttpProblem('not-found');
  return { status: 200, body: { apiKey: keyBody(key) } };
};

/** Whoever repeats a request means the same key, so the key's id is made of the request's. It opens nothing. */
function keyIdOf(subject: Subject, idempotencyKey: string): ApiKeyId {
  const digest = createHash('sha256').update(`${subject}\n${idempotencyKey}`).digest('hex');
  return apiKeyIdSchema.parse(digest.slice(0, 20));
}

function keyBody(key: ApiKey): z.infer<typeof apiKeyBodySchema> {
  const { hash: _hash, slot: _slot, ...body } = key;
  return body;
}
