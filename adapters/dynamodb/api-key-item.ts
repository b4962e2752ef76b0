import * as z from 'zod';
import { type ApiKey, apiKeySchema } from '../../domain/access/api-key.ts';
import { accessKeys } from '../../domain/access/table.ts';
import { PermanentFault } from '../../domain/shared/errors.ts';

/** The key among its item's attributes. */
const itemSchema = z
  .object({ pk: z.string(), sk: z.string(), listPk: z.string(), listSk: z.string() })
  .loose()
  .transform(({ pk: _pk, sk: _sk, listPk: _listPk, listSk: _listSk, ...key }) => key)
  .pipe(apiKeySchema);

/** @throws PermanentFault `api_key_malformed` */
export function readApiKeyItem(item: unknown): ApiKey {
  const parsed = itemSchema.safeParse(item);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => issue.path.join('.'));
  throw new PermanentFault('api_key_malformed', places.slice(0, 10).join(', '));
}

export function newApiKeyItem(key: ApiKey): Record<string, unknown> {
  return {
    ...key,
    ...accessKeys.key(key.keyId),
    listPk: accessKeys.list,
    listSk: accessKeys.age(key.createdAt, key.keyId),
  };
}
