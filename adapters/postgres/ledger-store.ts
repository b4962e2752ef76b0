import * as z from 'zod';
import type { LedgerStore } from '../../domain/payments/ledger.ts';
import { reconciliationSteps } from '../../domain/payments/reconciliation.ts';
import { paymentStatusSchema, refundStatusSchema } from '../../domain/payments/status.ts';
import {
  generationSchema,
  orderIdSchema,
  paymentIntentIdSchema,
  refundIdSchema,
} from '../../domain/shared/ids.ts';
import { amountSchema, currencySchema } from '../../domain/shared/money.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const recordsSchema = z.array(
  z.strictObject({
    orderId: orderIdSchema,
    generation: generationSchema,
    paymentIntentId: paymentIntentIdSchema,
    paymentStatus: paymentStatusSchema,
    currency: currencySchema,
    amount: amountSchema,
    capturedAmount: amountSchema,
    refunds: z.array(
      z.strictObject({
        refundId: refundIdSchema,
        stripeRefundId: z.string().nullable(),
        amount: amountSchema,
        status: refundStatusSchema,
      }),
    ),
    disputes: z.array(z.strictObject({ disputeId: z.string(), status: z.string() })),
  }),
);

const pageSchema = reconciliationSteps['compare-books'].output;
const windowSchema = reconciliationSteps['match-ledger'].output.shape.next;
const foundSchema = z.strictObject({ found: z.int().min(0) });
const newsSchema = foundSchema.extend({ news: z.array(z.string()) });

export function createLedgerStore(sql: Sql): LedgerStore {
  return {
    nextPayments: (limit, now) =>
      call(pageSchema, () => sql`select kassa.next_payments(${limit}, ${now}) as result`),
    secondsBehind: (now) =>
      call(z.int().min(0), () => sql`select kassa.reconciliation_behind(${now}) as result`),
    recordsOf: (payments) =>
      call(
        recordsSchema,
        () => sql`select kassa.reconcilable_records(${json(payments)}::text::jsonb) as result`,
      ),
    keepComparison: ({ asked, answered, differences, mark }, now) =>
      call(
        foundSchema,
        () => sql`select kassa.keep_comparison(${json(asked)}::text::jsonb,
          ${json(answered)}::text::jsonb, ${json(differences)}::text::jsonb,
          ${mark === null ? null : json(mark)}::text::jsonb, ${now}) as result`,
      ),
    nextWindow: (now) => call(windowSchema, () => sql`select kassa.next_window(${now}) as result`),
    matchIntents: (intents, now) =>
      call(
        foundSchema,
        () => sql`select kassa.match_intents(${json(intents)}::text::jsonb, ${now}) as result`,
      ),
    matchRefunds: (refunds, now) =>
      call(
        newsSchema,
        () => sql`select kassa.match_refunds(${json(refunds)}::text::jsonb, ${now}) as result`,
      ),
    matchDisputes: (disputes, now) =>
      call(
        newsSchema,
        () => sql`select kassa.match_disputes(${json(disputes)}::text::jsonb, ${now}) as result`,
      ),
    keepWindow: async ({ feed, until, next }) => {
      await call(
        z.literal(true),
        () => sql`select kassa.keep_window(${feed}, ${until}, ${next}) as result`,
      );
    },
  };
}
