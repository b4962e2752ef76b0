import { z } from 'zod';
import type { Transitions } from '../shared/transitions.ts';

/** `held` from placing on, `committed` once confirmed; both count as reserved. The others are closed. */
export const reservationStatuses = ['held', 'committed', 'released', 'packed'] as const;
export const reservationStatusSchema = z.enum(reservationStatuses);
export type ReservationStatus = z.infer<typeof reservationStatusSchema>;

export const reservationTransitions: Transitions<ReservationStatus> = {
  held: ['committed', 'released'],
  committed: ['packed', 'released'],
  released: ['held'],
  packed: [],
};

export const liveReservationStatuses = [
  'held',
  'committed',
] as const satisfies readonly ReservationStatus[];

/** Why on hand or reserved changed; every change is a row in stock movements. */
export const movementReasons = ['receipt', 'reserve', 'release', 'pack', 'correction'] as const;
export const movementReasonSchema = z.enum(movementReasons);
export type MovementReason = z.infer<typeof movementReasonSchema>;

export const warehouseTaskStatuses = ['open', 'claimed', 'packed', 'cancelled'] as const;
export const warehouseTaskStatusSchema = z.enum(warehouseTaskStatuses);
export type WarehouseTaskStatus = z.infer<typeof warehouseTaskStatusSchema>;

export const warehouseTaskTransitions: Transitions<WarehouseTaskStatus> = {
  open: ['claimed', 'cancelled'],
  claimed: ['open', 'packed', 'cancelled'],
  packed: [],
  cancelled: [],
};
