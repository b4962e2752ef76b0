import type { OrderId } from '../shared/ids.ts';

/** Findings on their way to people. Many transactions keep them; here is the one place that tells of them. */
export interface HeardStore {
  /** Those nobody was told of yet, oldest first, at most `limit`; how many are open, and the age (seconds) of the oldest. */
  findingsToTell(
    limit: number,
    now: Date,
  ): Promise<{
    readonly unheard: readonly {
      readonly findingId: string;
      readonly kind: string;
      readonly orderId: OrderId | null;
    }[];
    readonly open: number;
    readonly oldestAge: number;
  }>;
  markHeard(findingIds: readonly string[], now: Date): Promise<void>;
}
