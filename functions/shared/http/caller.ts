import * as z from 'zod';
import { permits, type Scope, scopes } from '../../../domain/access/scopes.ts';
import { type Group, groups, type Operation } from '../../../domain/api/operation.ts';
import { type Subject, subjectSchema } from '../../../domain/shared/ids.ts';
import { HttpProblem } from './problems.ts';
import type { ApiRequest } from './request.ts';

/** A person, who has groups, or a third party by its API key, which has scopes. */
export interface Caller {
  readonly subject: Subject;
  readonly groups: readonly Group[];
  readonly scopes: readonly Scope[];
}

/** What the authorizer hands to the functions behind it; API Gateway lets only plain values through. */
export const authorizerContextSchema = z.object({
  sub: subjectSchema,
  groups: z.string(),
  scopes: z.string().default(''),
});

export function isGroup(name: string): name is Group {
  return groups.some((group) => group === name);
}

export function isScope(name: string): name is Scope {
  return scopes.some((scope) => scope === name);
}

/**
 * Who is calling, if they belong to one of `allowed`. No API key does.
 * @throws HttpProblem `unauthenticated` where no authorizer stood before the function, `forbidden` for other groups.
 */
export function requireGroup(request: ApiRequest, ...allowed: readonly Group[]): Caller {
  return requireAccess(request, { groups: allowed });
}

/**
 * Who is calling, if they belong to one of the operation's groups or hold a key with its scope.
 * @throws HttpProblem as `requireGroup`; `scope-missing` for a key without the scope.
 */
export function requireAccess(
  request: ApiRequest,
  operation: Pick<Operation, 'groups' | 'scope'>,
): Caller {
  const parsed = authorizerContextSchema.safeParse(request.authorizer);
  if (!parsed.success) throw new HttpProblem('unauthenticated');
  const caller: Caller = {
    subject: parsed.data.sub,
    groups: parsed.data.groups.split(',').filter(isGroup),
    scopes: parsed.data.scopes.split(',').filter(isScope),
  };
  if (permits(caller, operation)) return caller;
  if (caller.scopes.length > 0 && operation.scope !== undefined) {
    throw new HttpProblem('scope-missing', { extensions: { scope: operation.scope } });
  }
  throw new HttpProblem('forbidden', { extensions: { group: operation.groups.join(' or ') } });
}
