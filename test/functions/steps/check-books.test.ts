import { describe, expect, it, vi } from 'vitest';
import { booksPatience, differencesOf } from '../../../domain/payments/books.ts';
import type { PaymentRecord } from '../../../domain/payments/ports.ts';
import { paymentIntentIdSchema } from '../../../domain/shared/ids.ts';
import { checkBooks } from '../../../functions/check-books/check.ts';
import { captureLog, now, orderId, time } from './support.ts';

const log = captureLog();

const delivered: PaymentRecord = {
  orderId,
  generation: 1,
  orderStatus: 'delivered',
  paymentStatus: 'captured',
  paymentIntentId: paymentIntentIdSchema.parse('pi_1'),
  currency: 'EUR',
  amount: 3370,
  capturedAmount: 3370,
  refundedAmount: 0,
  changedAt: new Date(now.getTime() - booksPatience).toISOString(),
};
const uncaptured = { ...delivered, capturedAmount: 0 };

describe('what does not add up', () => {
  it.each<[string, PaymentRecord]>([
    ['captured_too_much', { ...delivered, capturedAmount: 3371 }],
    ['refunded_too_much', { ...delivered, refundedAmount: 3371 }],
    ['goods_without_money', { ...uncaptured, paymentStatus: 'authorised' }],
    ['void_missing', { ...uncaptured, orderStatus: 'expired', paymentStatus: 'voiding' }],
    ['refund_missing', { ...delivered, orderStatus: 'lost', refundedAmount: 3369 }],
  ])('%s', (kind, record) => {
    expect(differencesOf(record, now)).toEqual([kind]);
  });

  it('leaves alone what adds up, and for a day what may still be on its way', () => {
    const returned = { ...delivered, orderStatus: 'returned', refundedAmount: 3370 } as const;
    const voided = { ...uncaptured, orderStatus: 'cancelled', paymentStatus: 'voided' } as const;
    const refundedInPart = { ...delivered, refundedAmount: 1000 };
    for (const record of [delivered, returned, voided, refundedInPart]) {
      expect(differencesOf(record, now)).toEqual([]);
    }
    const justPacked = {
      ...uncaptured,
      orderStatus: 'packed',
      paymentStatus: 'authorised',
      changedAt: new Date(now.getTime() - booksPatience + 1).toISOString(),
    } as const;
    expect(differencesOf(justPacked, now)).toEqual([]);
  });
});

describe('check-books', () => {
  const lost = { ...delivered, orderStatus: 'lost' } as const;
  const books = (pages: readonly (readonly PaymentRecord[])[], differences = 0) => ({
    payments: vi.fn(async ({ after }: { readonly after?: unknown }) =>
      after === undefined ? (pages[0] ?? []) : (pages[1] ?? []),
    ),
    recordDifference: vi.fn(async () => ({ outcome: 'recorded' as const })),
    checkStock: async () => ({ differences }),
  });

  it('goes through every page, and counts what it finds for a person', async () => {
    const store = books([Array.from({ length: 500 }, () => delivered), [lost]], 2);
    await checkBooks({ books: store }, time);
    expect(store.payments).toHaveBeenCalledTimes(2);
    expect(store.payments).toHaveBeenLastCalledWith({ limit: 500, after: orderId });
    expect(store.recordDifference).toHaveBeenCalledExactlyOnceWith(
      lost,
      'refund_missing',
      expect.objectContaining({ capturedAmount: 3370, refundedAmount: 0 }),
      now,
    );
    expect(log.lines()).toContainEqual(
      expect.objectContaining({ message: 'the books do not add up', found: 3 }),
    );
  });

  it('says so where the time was too short', async () => {
    const store = books([Array.from({ length: 500 }, () => delivered)]);
    await expect(
      checkBooks({ books: store }, { now, remaining: () => 1000 }),
    ).rejects.toMatchObject({ name: 'TransientFault', code: 'books_unfinished' });
  });
});
