import * as z from 'zod';
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
  readonly context: { readonly sub: string; readonly groups: string };
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

/**
 * Lets a caller with a good access token onto the whole stage: API Gateway keeps the answer per token, so it must
 * hold for every route. Which groups a route is for, the function behind it decides.
 * @throws Unauthorized
 */
export async function authorize(
  dependencies: Dependencies,
  event: unknown,
): Promise<AuthorizerResult> {
  const { methodArn, headers } = eventSchema.parse(event);
  const token = bearerToken(headers ?? {});
  const identity = token === undefined ? undefined : await dependencies.tokens.verify(token);
  if (identity === undefined) throw new Unauthorized();
  const [api, stage] = methodArn.split('/');
  return {
    principalId: identity.subject,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${api}/${stage}/*` }],
    },
    context: { sub: identity.subject, groups: identity.groups.filter(isGroup).join(',') },
  };
}

function bearerToken(headers: Record<string, string | null | undefined>): string | undefined {
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization');
  const value = header?.[1] ?? '';
  if (value.length > longestToken) return undefined;
  return /^Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(value)?.[1];
}
