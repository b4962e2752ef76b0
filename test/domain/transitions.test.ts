import { describe, expect, it } from 'vitest';
import { deliveryStatuses, deliveryTransitions } from '../../domain/delivery/status.ts';
import {
  cancellableStatuses,
  orderStatuses,
  orderTransitions,
  reservingStatuses,
} from '../../domain/orders/status.ts';
import {
  paymentStatuses,
  paymentTransitions,
  refundStatuses,
  refundTransitions,
} from '../../domain/payments/status.ts';
import { allowedPrior, canBecome, type Transitions } from '../../domain/shared/transitions.ts';
import {
  reservationStatuses,
  reservationTransitions,
  warehouseTaskStatuses,
  warehouseTaskTransitions,
} from '../../domain/stock/status.ts';

function reachableFrom(table: Transitions<string>, start: string): ReadonlySet<string> {
  const seen = new Set([start]);
  for (const status of seen) for (const next of table[status] ?? []) seen.add(next);
  return seen;
}

describe.each([
  ['order', orderTransitions, orderStatuses, 'awaiting_payment'],
  ['payment', paymentTransitions, paymentStatuses, 'pending'],
  ['reservation', reservationTransitions, reservationStatuses, 'held'],
  ['warehouse task', warehouseTaskTransitions, warehouseTaskStatuses, 'open'],
  ['refund', refundTransitions, refundStatuses, 'requested'],
  ['delivery', deliveryTransitions, deliveryStatuses, 'ready'],
] as const)(
  'transitions of the %s',
  (_, table: Transitions<string>, statuses: readonly string[], first) => {
    it('are closed: every status has its row, every target is a status', () => {
      expect(Object.keys(table).sort()).toEqual([...statuses].sort());
      for (const targets of Object.values(table)) {
        expect(statuses).toEqual(expect.arrayContaining([...targets]));
      }
    });

    it('name each target once and never the status itself', () => {
      for (const [from, targets] of Object.entries(table)) {
        expect(new Set(targets).size).toBe(targets.length);
        expect(targets).not.toContain(from);
      }
    });

    it('reach every status from the first', () => {
      expect([...reachableFrom(table, first)].sort()).toEqual([...statuses].sort());
    });

    it('read backwards say the same', () => {
      for (const to of statuses) {
        const prior = allowedPrior(table, to, statuses);
        for (const from of statuses) expect(prior.includes(from)).toBe(canBecome(table, from, to));
      }
    });
  },
);

describe('what the tables promise', () => {
  it('A cancelled order comes back to life: it never does, nor a released, a delivered, a returned or a lost one', () => {
    for (const status of ['cancelled', 'released', 'delivered', 'returned', 'lost'] as const) {
      expect(orderTransitions[status]).toEqual([]);
    }
  });

  it('gives an expired order one way back, and only to authorised', () => {
    expect(orderTransitions.expired).toEqual(['authorised']);
  });

  it('never revives a payment that is being voided', () => {
    expect(paymentTransitions.voiding).toEqual(['voided']);
    expect(paymentTransitions.voided).toEqual([]);
  });

  it('captures authorised money only', () => {
    expect(allowedPrior(paymentTransitions, 'captured', paymentStatuses)).toEqual(['authorised']);
  });

  it('lets exactly those orders be cancelled that the table lets become cancelled, and parcels nobody has', () => {
    expect(allowedPrior(orderTransitions, 'cancelled', orderStatuses)).toEqual([
      ...cancellableStatuses,
      'packed',
    ]);
  });

  it('never takes goods from the shelf that were not reserved', () => {
    expect(reservingStatuses).toContain('confirmed');
    expect(allowedPrior(orderTransitions, 'packed', orderStatuses)).toEqual(['confirmed']);
    expect(allowedPrior(reservationTransitions, 'packed', reservationStatuses)).toEqual([
      'committed',
    ]);
  });
});
