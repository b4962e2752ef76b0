/** Names of the metrics that functions publish in the namespace `Kassa/<stage>` and alarms or the dashboard show. Units in brackets. */
export const metricNames = {
  /** Orders past their window (count), each expiry run. */
  expiryTailSize: 'ExpiryTailSize',
  /** How long the oldest of them is overdue (seconds), each expiry run. */
  expiryOldestAge: 'ExpiryOldestAge',
  /** Orders a run expired (count): the drain rate. */
  ordersExpired: 'OrdersExpired',
  /** A function could not work for its own set-up (count): a secret, a key, its environment. */
  misconfigured: 'Misconfigured',
  /** Findings kept since they were last told of (count), each minute, whoever kept them. */
  findingRecorded: 'FindingRecorded',
  /** Findings nobody has settled (count), and how long the oldest waits (seconds), each minute. */
  findingsOpen: 'FindingsOpen',
  findingsOldestAge: 'FindingsOldestAge',
  /** An expiry run found customers paying and no webhook coming (count). */
  webhooksSilent: 'WebhooksSilent',
  /** What the nightly comparison with Stripe had to hear of instead of a webhook (count). */
  webhooksMissed: 'WebhooksMissed',
  /** How far that comparison lies behind (seconds), each page. */
  booksBehind: 'BooksBehind',
  /** A relay was not told of new work (count); its schedule finds it. */
  nudgeLost: 'NudgeLost',
  /** Rows of the outbox, the mailbox, the inbox that were put back to be tried again (count). */
  outboxRetried: 'OutboxRetried',
  mailboxRetried: 'MailboxRetried',
  inboxRetried: 'InboxRetried',
  /** Those of them that were put back for minutes already, each time (count). */
  rowsStuck: 'RowsStuck',
  /** Calls that had to do without the cache (count). */
  cacheUnavailable: 'CacheUnavailable',
  /** Webhooks given up since their order never came (count). */
  webhooksGivenUp: 'WebhooksGivenUp',
} as const;
