import * as z from 'zod';
import { type Group, groups } from '../../../domain/api/operation.ts';
import { type Subject, subjectSchema } from '../../../domain/shared/ids.ts';
import { HttpProblem } from './problems.ts';
import type { ApiRequest } from './request.ts';

export interface Caller {
  readonly subject: Subject;
  readonly groups: readonly Group[];
}

/** What the authorizer hands to the functions behind it; API Gateway lets only plain values through. */
export const authorizerContextSchema = z.object({ sub: subjectSchema, groups: z.string() });

export function isGroup(name: string): name is Group {
  return groups.some((group) => group === name);
}

/**
 * Who is calling, if they belong to one of `allowed`.
 * @throws HttpProblem `unauthenticated` where no authorizer stood before the function, `forbidden` for other groups.
 */
export function requireGroup(request: ApiRequest, ...allowed: readonly Group[]): Caller {
  const parsed = authorizerContextSchema.safeParse(request.authorizer);
  if (!parsed.success) throw new HttpProblem('unauthenticated');
  const caller: Caller = {
    subject: parsed.data.sub,
    groups: parsed.data.groups.split(',').filter(isGroup),
  };
  if (!caller.groups.some((group) => allowed.includes(group))) {
    throw new HttpProblem('forbidden', { extensions: { group: allowed.join(' or ') } });
  }
  return caller;
}
