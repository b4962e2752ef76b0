import * as z from 'zod';
import type { Transitions } from '../shared/transitions.ts';

/**
 * `held` from placing on, `committed` once confirmed; both count as reserved. The others are closed. `returned`: it was
 * packed and came back, whole or not; the movements say what became of the pieces.
 */
export const reservationStatuses = ['held', 'committed', 'released', 'packed', 'returned'] as const;
export const reservationStatusSchema = z.enum(reservationStatuses);
export type ReservationStatus = z.infer<typeof reservationStatusSchema>;

export const reservationTransitions: Transitions<ReservationStatus> = {
  held: ['committed', 'released'],
  committed: ['packed', 'released'],
  released: ['held'],
  packed: ['returned'],
  returned: [],
};

export const liveReservationStatuses = [
  'held',
  'committed',
] as const satisfies readonly ReservationStatus[];

/** Why on hand or reserved changed; every change is a row in stock movements. */
export const movementReasons = [
  'receipt',
  'reserve',
  'release',
  'pack',
  'correction',
  /** Came back from a parcel and lies on the shelf again. */
  'restock',
  /** Came back damaged: its `restock` is undone. */
  'write_off',
] as const;
export const movementReasonSchema = z.enum(movementReasons);
export type MovementReason = z.infer<typeof movementReasonSchema>;

/** Picking an order, or taking in a parcel that comes back. */
export const warehouseTaskKinds = ['pick', 'return'] as const;
export const warehouseTaskKindSchema = z.enum(warehouseTaskKinds);
export type WarehouseTaskKind = z.infer<typeof warehouseTaskKindSchema>;

/** A pick ends `packed` or, where too little was found, `short`; a return ends `received`. */
export const warehouseTaskStatuses = [
  'open',
  'claimed',
  'packed',
  'short',
  'received',
  'cancelled',
] as const;
export const warehouseTaskStatusSchema = z.enum(warehouseTaskStatuses);
export type WarehouseTaskStatus = z.infer<typeof warehouseTaskStatusSchema>;

export const warehouseTaskTransitions: Transitions<WarehouseTaskStatus> = {
  open: ['claimed', 'received', 'cancelled'],
  claimed: ['open', 'packed', 'short', 'received', 'cancelled'],
  packed: [],
  short: [],
  received: [],
  cancelled: [],
};
