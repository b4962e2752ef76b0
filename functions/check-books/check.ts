import { differencesOf } from '../../domain/payments/books.ts';
import type { PaymentRecord, ReconcileStore } from '../../domain/payments/ports.ts';
import { TransientFault } from '../../domain/shared/errors.ts';
import type { JobTime } from '../shared/job.ts';
import { reserve } from '../shared/lease.ts';
import { logger } from '../shared/telemetry.ts';

const pageSize = 500;

/**
 * Daily: stock against reservations and movements, every payment against its order. What does not add up becomes a
 * finding, once while that is open.
 * @throws TransientFault `books_unfinished` where the time was too short for all of them.
 */
export async function checkBooks(
  { books }: { readonly books: ReconcileStore },
  { now, remaining }: JobTime,
): Promise<void> {
  const { differences } = await books.checkStock(now);
  let found = differences;
  let page: readonly PaymentRecord[] = [];
  do {
    const after = page.at(-1)?.orderId;
    page = await books.payments({ limit: pageSize, ...(after === undefined ? {} : { after }) });
    for (const record of page) found += await keepDifferences(books, record, now);
  } while (page.length === pageSize && remaining() > reserve);
  if (found > 0) logger.error('the books do not add up', { found });
  if (page.length === pageSize) throw new TransientFault('books_unfinished', 'out of time');
}

/** Answers how many of them are news. */
async function keepDifferences(books: ReconcileStore, record: PaymentRecord, now: Date) {
  const { orderStatus, paymentStatus, amount, capturedAmount, refundedAmount } = record;
  const detail = { orderStatus, paymentStatus, amount, capturedAmount, refundedAmount };
  let news = 0;
  for (const kind of differencesOf(record, now)) {
    const { outcome } = await books.recordDifference(record, kind, detail, now);
    if (outcome === 'recorded') news += 1;
  }
  return news;
}
