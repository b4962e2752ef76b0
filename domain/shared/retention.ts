/**
 * Days that rows stay which have done their work. What tells of money, goods or decisions stays for good: orders,
 * payments, refunds, disputes, stock movements and changes, findings, operators' actions, addresses.
 */
export const retention = {
  /** Events that were published; the bus's archive has them for a year. */
  events: 30,
  /** Executions that were started: their names are taken for 90 days after they end, and a restart looks at the last. */
  executions: 120,
  /** Webhooks that were applied. Stripe sends one again for up to 30 days; it must still be known as a repetition. */
  webhooks: 90,
  /** Outcomes that were sent, of orders that are over: longer than any execution may wait. */
  outcomes: 400,
  /** How long the same Idempotency-Key answers with the same order. */
  checkoutKeys: 90,
} as const;
export type Retained = keyof typeof retention;

export interface PurgeStore {
  /**
   * Deletes what of this was settled before `before`, at most `limit` rows looked at in one transaction, nothing that
   * somebody works on. `more`: there is more to look at.
   */
  purge(
    what: Retained,
    before: Date,
    limit: number,
  ): Promise<{ readonly deleted: number; readonly more: boolean }>;
}
