import type { ReturnedLine } from '../orders/steps.ts';
import type { OrderId, Sku, Subject, WarehouseTaskId } from '../shared/ids.ts';
import type { MailboxKey, Wait } from '../shared/mailbox.ts';
import type { WarehouseTaskKind, WarehouseTaskStatus } from './status.ts';

export interface WarehouseTask {
  readonly taskId: WarehouseTaskId;
  readonly orderId: OrderId;
  readonly status: WarehouseTaskStatus;
  /** Absent means `pick`. */
  readonly kind?: WarehouseTaskKind | undefined;
  readonly claimedBy: Subject | null;
  readonly openedAt: string;
  /** Pieces to pick, or pieces of the parcel that comes back, in SKU order. */
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
  /** Too little was found for what the customer wants: the order is cancelled. */
  | { readonly outcome: 'short' }
  /** More than the task asks for; or less, and nobody said that pieces are missing. */
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
   * to the mailbox, all in one transaction. Completing again what one completed answers as the first time did.
   * `missing`: fewer pieces than asked for are all there are. What is not found is taken off the books too. With the
   * policy `partial` and a piece found the rest is packed and pays for itself and the shipping; otherwise the order is
   * cancelled and what was found stays on the shelf.
   */
  complete(
    taskId: WarehouseTaskId,
    worker: Subject,
    picked: readonly { readonly sku: string; readonly quantity: number }[],
    now: Date,
    options?: { readonly missing?: boolean },
  ): Promise<CompleteResult>;
}

/** Who changes the stock by hand, why, and the key under which the same request sent twice is carried out once. */
export interface StockChange {
  readonly subject: Subject;
  readonly reason: string;
  readonly key: string;
}

export interface StockView {
  readonly sku: Sku;
  readonly name: string;
  readonly onHand: number;
  readonly reserved: number;
}

export type ReceiveResult =
  | { readonly outcome: 'received'; readonly levels: readonly StockView[] }
  | { readonly outcome: 'unknown_sku'; readonly skus: readonly Sku[] }
  | { readonly outcome: 'key_reused' };

export type CorrectResult =
  | {
      readonly outcome: 'corrected';
      readonly level: StockView;
      /** Not paid yet: cancelled, since their pieces are not there. */
      readonly cancelledOrders: readonly OrderId[];
      /** Paid: they get fewer pieces, which their pick decides about. */
      readonly shortOrders: readonly OrderId[];
    }
  | { readonly outcome: 'unknown_sku'; readonly skus: readonly Sku[] }
  | { readonly outcome: 'key_reused' };

export type ReturnResult =
  | { readonly outcome: 'received' }
  /** More pieces of a SKU than the parcel had. */
  | {
      readonly outcome: 'mismatch';
      readonly expected: readonly { readonly sku: string; readonly quantity: number }[];
    }
  | { readonly outcome: 'closed'; readonly status: WarehouseTaskStatus }
  | { readonly outcome: 'not_found' };

/** The shelf as people change it, and parcels that come back. Same promises as the order store. */
export interface StockStore {
  /** Goods arrive. All lines or none; lines of one SKU are added up. */
  receiveGoods(
    lines: readonly { readonly sku: Sku; readonly quantity: number }[],
    by: StockChange,
    now: Date,
  ): Promise<ReceiveResult>;
  /**
   * `counted` pieces lie on the shelf, those of open picks among them. Never refused for being fewer than are
   * reserved: unpaid orders give way first, then the youngest picks nobody has claimed, then the claimed ones.
   */
  correctStock(sku: Sku, counted: number, by: StockChange, now: Date): Promise<CorrectResult>;
  /** In SKU order; `after` is the SKU the last page ended with. */
  stock(filter: {
    readonly sku?: Sku;
    readonly after?: Sku;
    readonly limit: number;
  }): Promise<readonly StockView[]>;
  /** Oldest first: parcels on their way back. */
  returns(filter: {
    readonly limit: number;
    readonly after?: WarehouseTaskId;
  }): Promise<readonly WarehouseTask[]>;
  /**
   * The parcel is back. What its pieces are worth goes to the mailbox of the return; the stock changes when the
   * machine closes the order. Received again answers `received` again.
   */
  receiveReturn(
    taskId: WarehouseTaskId,
    worker: Subject,
    lines: readonly ReturnedLine[],
    now: Date,
  ): Promise<ReturnResult>;
}
