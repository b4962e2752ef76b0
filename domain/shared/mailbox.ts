import * as z from 'zod';
import { generationSchema, orderIdSchema, runSchema } from './ids.ts';

/**
 * The mailbox: one row per (order, step, round). A round is one visit: the generation of a payment, the pick,
 * a delivery attempt, the way back. It holds the newest task token and at most one outcome; whichever of the two comes
 * second makes the row ready to be sent.
 */
export const mailboxStepSchema = z.enum(['payment', 'pick', 'delivery', 'return']);
export type MailboxStep = z.infer<typeof mailboxStepSchema>;

/** What a machine passes to the Lambda of a token wait. `token` is a secret: it is stored, and logged nowhere. */
export const waitSchema = z.strictObject({
  token: z.string().min(1).max(2048),
  run: runSchema,
  /** `$states.context.Execution.RedriveCount` */
  redriveCount: z.int().min(0),
  /** `$states.context.State.EnteredTime` */
  enteredAt: z.iso.datetime(),
  /** `$states.context.State.RetryCount` */
  retryCount: z.int().min(0),
});
export type Wait = z.infer<typeof waitSchema>;

/** Which of two waits for one round is newer: run, then redrive count, then time entered, then retry count. */
export function compareWaits(a: Omit<Wait, 'token'>, b: Omit<Wait, 'token'>): number {
  return (
    a.run - b.run ||
    a.redriveCount - b.redriveCount ||
    Date.parse(a.enteredAt) - Date.parse(b.enteredAt) ||
    a.retryCount - b.retryCount
  );
}

export const mailboxKeySchema = z.strictObject({
  orderId: orderIdSchema,
  step: mailboxStepSchema,
  round: generationSchema,
});
export type MailboxKey = z.infer<typeof mailboxKeySchema>;
