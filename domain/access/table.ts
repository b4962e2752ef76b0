import type { ApiKeyId } from './api-key.ts';
import type { PartnerId } from './partner.ts';
import type { PlanName } from './plans.ts';

/**
 * The access table: one item a key, one for each place of a third party in a plan, one for each plan that counts the
 * places taken. Every request reads its own key's item; the index, which lists the keys, is read by people alone.
 */
export const accessTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  listIndex: { name: 'byAge', partitionKey: 'listPk', sortKey: 'listSk', projection: 'ALL' },
} as const;

export const accessKeys = {
  key: (id: ApiKeyId) => ({ pk: `KEY#${id}`, sk: 'KEY' }),
  place: (partner: PartnerId, plan: PlanName) => ({ pk: `PARTNER#${partner}`, sk: `PLAN#${plan}` }),
  plan: (plan: PlanName) => ({ pk: `PLAN#${plan}`, sk: 'PLACES' }),
  list: 'KEYS',
  age: (createdAt: string, id: ApiKeyId) => `${createdAt}#${id}`,
} as const;
