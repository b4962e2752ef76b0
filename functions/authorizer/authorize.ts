import * as z from 'zod';
import { type ApiKeyId, isGood } from '../../domain/access/api-key.ts';
import { isPartnerSubject, partnerSubject } from '../../domain/access/partner.ts';
import { type Allowance, usageKey } from '../../domain/access/plans.ts';
import type { Scope } from '../../domain/access/scopes.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import { isHashOf, readApiKeyId } from '../shared/api-key.ts';
import { isGroup } from '../shared/http/caller.ts';
import type { Dependencies } from './dependencies.ts';

const eventSchema = z.object({
  methodArn: z.string().regex(/^arn:[a-z-]+:execute-api:[^:]*:[^:]*:[^/]+\/[^/]+\//),
  headers: z.record(z.string(), z.string().nullish()).nullish(),
});

export interface AuthorizerResult {
  readonly principalId: string;
  readonly policyDocument: {
    readonly Version: '2012-10-17';
    readonly Statement: readonly {
      readonly Action: 'execute-api:Invoke';
      readonly Effect: 'Allow';
      readonly Resource: string;
    }[];
  };
  /** People have groups, API keys have scopes; each joined with commas. */
  readonly context: { readonly sub: string; readonly groups: string; readonly scopes: string };
  /** The API Gateway key that the request is counted under. */
  readonly usageIdentifierKey: string;
}

/** API Gateway answers 401 to an error of exactly this text, and 500 to every other. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';

  constructor() {
    super('Unauthorized');
  }
}

/** The largest token looked at: with every group there is, one of ours has under two thousand characters. */
const longestToken = 8192;

interface Identity {
  readonly subject: Subject;
  readonly groups: readonly string[];
  readonly scopes: readonly Scope[];
  readonly allowance: Allowance;
}

/**
 * Lets the bearer of a good access token or API key onto the whole stage: API Gateway keeps the answer per bearer, so
 * it must hold for every route. Which groups and scopes a route is for, the function behind it decides.
 * @throws Unauthorized; TransientFault where it cannot be told
 */
export async function authorize(
  dependencies: Dependencies,
  event: unknown,
  now: Date,
): Promise<AuthorizerResult> {
  const { methodArn, headers } = eventSchema.parse(event);
  const bearer = bearerOf(headers ?? {});
  const identity = bearer === undefined ? undefined : await identify(dependencies, bearer, now);
  if (identity === undefined) throw new Unauthorized();
  const [api, stage] = methodArn.split('/');
  return {
    principalId: identity.subject,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` }],
    },
    context: {
      sub: identity.subject,
      groups: identity.groups.filter(isGroup).join(','),
      scopes: identity.scopes.join(','),
    },
    usageIdentifierKey: usageKey(dependencies.stage, identity.allowance),
  };
}

async function identify(
  dependencies: Dependencies,
  bearer: string,
  now: Date,
): Promise<Identity | undefined> {
  const keyId = readApiKeyId(bearer);
  if (keyId !== undefined) return partnerBy(dependencies, keyId, bearer, now);
  if (!/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(bearer)) return undefined;
  const person = await dependencies.tokens.verify(bearer);
  if (person === undefined || isPartnerSubject(person.subject)) return undefined;
  return { ...person, scopes: [], allowance: { plan: 'people' } };
}

async function partnerBy(
  dependencies: Dependencies,
  keyId: ApiKeyId,
  sent: string,
  now: Date,
): Promise<Identity | undefined> {
  const key = await dependencies.keys.find(keyId);
  if (key === undefined || !isHashOf(sent, key.hash) || !isGood(key, now)) return undefined;
  return {
    subject: partnerSubject(key.partner),
    groups: [],
    scopes: key.scopes,
    allowance: { plan: key.plan, slot: key.slot },
  };
}

function bearerOf(headers: Record<string, string | null | undefined>): string | undefined {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
  const value = header?.[1] ?? '';
  if (value.length > longestToken) return undefined;
  return /^Bearer +([A-Za-z0-9_.-]+)$/i.exec(value)?.[1];
}
