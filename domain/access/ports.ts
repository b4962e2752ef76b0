import type { Subject } from '../shared/ids.ts';
import type { ApiKey, ApiKeyId, ApiKeyWish } from './api-key.ts';

export type IssueResult =
  | { readonly outcome: 'issued'; readonly key: ApiKey }
  /** The same request came before; its key was shown then and to nobody again. */
  | { readonly outcome: 'existing'; readonly key: ApiKey }
  /** The id stands for a request that asked for something else. */
  | { readonly outcome: 'key_reused' }
  /** Every place of the plan is some other third party's. */
  | { readonly outcome: 'plan_full' };

/** Third parties' keys and their places in the plans. Every method throws TransientFault and PermanentFault. */
export interface ApiKeyStore {
  /**
   * Keeps a key and, for a third party's first one in a plan, takes a place there: both or neither. Places are
   * not handed on, because the month's count would go with them.
   */
  issue(
    id: ApiKeyId,
    wish: ApiKeyWish,
    made: { readonly hash: string; readonly by: Subject; readonly now: Date },
  ): Promise<IssueResult>;
  find(id: ApiKeyId): Promise<ApiKey | undefined>;
  /** Newest first. `next` is the `after` of the page after; absent on the last one. */
  list(page: {
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly keys: readonly ApiKey[]; readonly next?: string }>;
  /** The key as it stands then; the first revocation stays. Undefined where there is no such key. */
  revoke(id: ApiKeyId, by: Subject, now: Date): Promise<ApiKey | undefined>;
}
