import * as z from 'zod';

/**
 * What an API key may be used for. A call of the API that third parties may make names the scope it takes; a call
 * that names none is closed to keys.
 */
export const scopes = ['orders:read', 'orders:write'] as const;
export const scopeSchema = z.enum(scopes);
export type Scope = z.infer<typeof scopeSchema>;

/** Whoever calls: people have groups, API keys have scopes, nobody has both. */
interface Rights {
  readonly groups: readonly string[];
  readonly scopes: readonly Scope[];
}

/** Whether somebody with these rights may make a call that is for these groups and takes this scope. */
export function permits(
  rights: Rights,
  call: { readonly groups: readonly string[]; readonly scope?: Scope | undefined },
): boolean {
  const byGroup = rights.groups.some((group) => call.groups.includes(group));
  return byGroup || (call.scope !== undefined && rights.scopes.includes(call.scope));
}
