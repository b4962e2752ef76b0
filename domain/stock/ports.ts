import type { OrderId, Subject, WarehouseTaskId } from '../shared/ids.ts';
import type { MailboxKey, Wait } from '../shared/mailbox.ts';
import type { WarehouseTaskStatus } from './status.ts';

export interface WarehouseTask {
  readonly taskId: WarehouseTaskId;
  readonly orderId: OrderId;
  readonly status: WarehouseTaskStatus;
  readonly claimedBy: Subject | null;
  readonly openedAt: string;
  /** Pieces to pick, in SKU order. */
  readonly lines: readonly {
    readonly sku: string;
    readonly name: string;
    readonly quantity: number;
  }[];
}

export type ClaimResult =
  | { readonly outcome: 'claimed'; readonly task: WarehouseTask }
  | { readonly outcome: 'taken' }
  | { readonly outcome: 'closed'; readonly status: WarehouseTaskStatus }
  | { readonly outcome: 'not_found' };

export type CompleteResult =
  | { readonly outcome: 'packed' }
  /** The quantities are not what the task asks for. */
  | {
      readonly outcome: 'mismatch';
      readonly expected: readonly { readonly sku: string; readonly quantity: number }[];
    }
  | { readonly outcome: 'not_yours' }
  | { readonly outcome: 'closed'; readonly status: WarehouseTaskStatus }
  | { readonly outcome: 'not_found' };

/** Tasks of the warehouse, in PostgreSQL beside the stock. Same promises as the order store. */
export interface WarehouseStore {
  /** Opens the pick of this round (one task a round) and keeps the token. A cancelled order gets its outcome at once. */
  openPickTask(
    key: MailboxKey,
    wait: Wait,
    now: Date,
  ): Promise<{ readonly taskId: WarehouseTaskId; readonly ready: boolean }>;
  /** Oldest first; with `claimedBy` that worker's own, else the open ones. `after` is the task id the last page ended with. */
  tasks(filter: {
    readonly claimedBy?: Subject;
    readonly limit: number;
    readonly after?: WarehouseTaskId;
  }): Promise<readonly WarehouseTask[]>;
  /** Claiming one's own claimed task answers `claimed` again. */
  claim(taskId: WarehouseTaskId, worker: Subject, now: Date): Promise<ClaimResult>;
  /**
   * The pieces leave the shelf: on hand and reserved fall together, the order is `packed`, the pick's outcome goes
   * to the mailbox, all in one transaction. Completing again what one completed answers `packed` again.
   */
  complete(
    taskId: WarehouseTaskId,
    worker: Subject,
    picked: readonly { readonly sku: string; readonly quantity: number }[],
    now: Date,
  ): Promise<CompleteResult>;
}
