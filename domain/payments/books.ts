import type { OrderStatus } from '../orders/status.ts';
import type { PaymentRecord } from './ports.ts';
import type { PaymentStatus } from './status.ts';

/** Milliseconds that machines and their retries may take before a difference is one. */
export const booksPatience = 24 * 60 * 60 * 1000;

const goodsGone: ReadonlySet<OrderStatus> = new Set([
  'packed',
  'out_for_delivery',
  'delivered',
  'returning',
]);
/** Nothing was sold in the end. */
const undone: ReadonlySet<OrderStatus> = new Set([
  'released',
  'expired',
  'cancelled',
  'returned',
  'lost',
]);
const settled: ReadonlySet<PaymentStatus> = new Set(['voided', 'captured']);

export const differenceKinds = [
  'captured_too_much',
  'refunded_too_much',
  'goods_without_money',
  'void_missing',
  'refund_missing',
] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** Where a payment and its order do not fit each other. What may still be on its way is left alone for a day. */
export function differencesOf(record: PaymentRecord, now: Date): readonly DifferenceKind[] {
  const { orderStatus, paymentStatus, amount, capturedAmount, refundedAmount } = record;
  const found: DifferenceKind[] = [];
  if (capturedAmount > amount) found.push('captured_too_much');
  if (refundedAmount > capturedAmount) found.push('refunded_too_much');
  if (now.getTime() - Date.parse(record.changedAt) < booksPatience) return found;
  if (goodsGone.has(orderStatus) && paymentStatus !== 'captured') found.push('goods_without_money');
  if (undone.has(orderStatus) && !settled.has(paymentStatus)) found.push('void_missing');
  if (undone.has(orderStatus) && refundedAmount < capturedAmount) found.push('refund_missing');
  return found;
}
