import * as z from 'zod';
import type { WebhookInbox } from '../../domain/payments/ports.ts';
import {
  changesNothing,
  keptWebhookSchema,
  type WebhookMeaning,
  webhookResultSchema,
} from '../../domain/payments/webhooks.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

const leasedSchema = z.array(
  keptWebhookSchema.extend({ attempts: z.int().min(1), keptAt: z.iso.datetime() }),
);

/** `attempts` of a leased event counts this lease too. */
export function createWebhookInbox(sql: Sql): WebhookInbox {
  return {
    keep: (webhook, now) =>
      call(z.enum(['kept', 'duplicate']), () =>
        changesNothing(webhook)
          ? sql`select kassa.keep_ignored_webhook(${json(webhook)}::text::jsonb, ${now}) as result`
          : sql`select kassa.keep_webhook(${json(webhook)}::text::jsonb, ${now}) as result`,
      ),
    lease: (limit, now, leaseUntil) =>
      call(
        leasedSchema,
        () => sql`select kassa.lease_webhooks(${limit}, ${now}, ${leaseUntil}) as result`,
      ),
    apply: (webhook, meaning, now) => {
      if (isAboutMoneyOnly(meaning)) {
        return call(
          webhookResultSchema,
          () => sql`select kassa.apply_money_webhook(${json(webhook)}::text::jsonb, ${meaning.kind},
            ${now}) as result`,
        );
      }
      const { eventId, object } = webhook;
      return call(
        webhookResultSchema,
        () => sql`select kassa.apply_webhook(${eventId}, ${object.orderId}, ${object.generation ?? 1},
          ${object.id}, ${meaning.kind}, ${now}) as result`,
      );
    },
    postpone: async (eventId, at, now) => {
      const retryAt = 'retryAt' in at ? at.retryAt : null;
      const giveUp = 'giveUp' in at ? at.giveUp : null;
      await call(
        z.literal(true),
        () =>
          sql`select kassa.postpone_webhook(${eventId}, ${retryAt}, ${giveUp}, ${now}) as result`,
      );
    },
  };
}

/** Moves no goods, and may come without an order id: the intent says whose it is. */
function isAboutMoneyOnly({ kind }: WebhookMeaning): boolean {
  return kind === 'refund' || kind === 'dispute' || kind === 'charge' || kind === 'processing';
}
