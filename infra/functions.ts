import type { Stage } from './stages.ts';

/**
 * Every Lambda of the system: what it may use and nothing more. Its environment and its permissions are made
 * from this table (infra/constructs/kassa-function.ts), so a function that needs something new says so here.
 */
export interface FunctionSpec {
  /** The stack that holds it. */
  readonly stack: 'database' | 'workflows' | 'relays' | 'api';
  /** MiB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  /**
   * Invocations at a time that are kept for it where the stage reserves any; also the most it may have. For what must
   * get in while everything else is busy. Others share what the account has: behind queues and streams the mapping
   * bounds them, behind the proxy the database's connections, in front of all the API's throttling.
   */
  readonly reserved?: number;
  /**
   * How it reaches PostgreSQL, which also puts it into the VPC: `writer` and `reader` through the proxy as the
   * application's user, `admin` straight to the cluster with the administrator's secret.
   */
  readonly database?: 'writer' | 'reader' | 'admin';
  /** The Stripe secret it may read: the key for calls, or the webhook's signing secret. */
  readonly stripe?: 'key' | 'webhook';
  /** Whether it uses the cache, which is in the database's network. */
  readonly cache?: true;
  readonly nudges?: readonly Nudge[];
  /**
   * `item`: single items by their key; `read`: also what an index lists; `write`: all of it; `batches`: nothing but
   * writes of many items at once.
   */
  readonly tables?: Partial<Record<TableName, 'item' | 'read' | 'write' | 'batches'>>;
  /** Whether it puts events on the bus. */
  readonly publishes?: boolean;
  readonly starts?: readonly MachineName[];
  /** Whether it reports task outcomes. */
  readonly reportsTasks?: boolean;
  /** It runs once an hour or once a night: one failure is as many as its alarm will ever see at a time. */
  readonly seldom?: true;
  readonly environment?: Readonly<Record<string, string>>;
}

export type Nudge = 'outbox' | 'mailbox' | 'inbox';
export type TableName = 'deliveries' | 'timeline' | 'idempotency' | 'access';
export type MachineName = 'checkout' | 'payment' | 'fulfilment' | 'settlement' | 'expiry';

/** Seconds a customer has to pay. */
const paymentWindow = 900;

/** The ladder: Stripe 6 < the checkout machine 20 < the API's Lambdas 25 < API Gateway 29. */
export const ladder = { stripe: 6, checkout: 20, apiLambda: 25, api: 29 } as const;

/** A step that talks to PostgreSQL: one round trip. */
const databaseStep = { stack: 'workflows', memory: 512, timeout: 10, database: 'writer' } as const;
/** A step that talks to Stripe; outside the VPC, which has no way to the internet. */
const stripeStep = { stack: 'workflows', memory: 512, timeout: 9, stripe: 'key' } as const;
/** Behind the API: more memory, because a person waits. */
const apiFunction = { stack: 'api', memory: 1024, timeout: ladder.apiLambda } as const;

/** Talks to Aurora itself, whose certificate is of Amazon RDS; since Node 20 Lambda trusts those only when told. */
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
const administration = {
  stack: 'database',
  memory: 512,
  database: 'admin',
  environment: { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' },
} as const;

export const functions = {
  // checkout
  'price-cart': { ...databaseStep, database: 'reader', cache: true },
  'place-order': {
    ...databaseStep,
    nudges: ['outbox'],
    environment: { PAYMENT_WINDOW_SECONDS: String(paymentWindow) },
  },
  'create-intent': stripeStep,
  'record-intent': databaseStep,
  'release-order': { ...databaseStep, nudges: ['outbox'] },
  // payment, fulfilment, settlement
  'await-payment': { ...databaseStep, nudges: ['mailbox'] },
  'confirm-order': { ...databaseStep, nudges: ['outbox'] },
  'mark-voiding': databaseStep,
  'cancel-intent': stripeStep,
  'record-voided': { ...databaseStep, nudges: ['outbox'] },
  'open-pick-task': { ...databaseStep, nudges: ['mailbox'] },
  'capture-payment': stripeStep,
  'record-capture': { ...databaseStep, nudges: ['outbox'] },
  'open-delivery': { ...databaseStep, nudges: ['mailbox'], tables: { deliveries: 'write' } },
  'complete-order': { ...databaseStep, nudges: ['outbox'] },
  'record-finding': databaseStep,
  'unpack-order': { ...databaseStep, nudges: ['outbox'] },
  'open-return': { ...databaseStep, nudges: ['mailbox', 'outbox'] },
  'close-undelivered': { ...databaseStep, nudges: ['outbox'] },
  'record-overdue': databaseStep,
  'refund-payment': stripeStep,
  'record-refund': { ...databaseStep, nudges: ['outbox'] },
  // expiry
  'measure-tail': databaseStep,
  'list-overdue': databaseStep,
  // Fifty intents, ten at a time, each answered within Stripe's rung or not at all.
  'ask-stripe': { ...stripeStep, timeout: 35 },
  'keep-answers': { ...databaseStep, nudges: ['inbox'] },
  'expire-batch': { ...databaseStep, timeout: 20, nudges: ['outbox', 'mailbox'] },
  'restart-executions': { ...databaseStep, timeout: 20, nudges: ['outbox'] },
  'report-tail': { stack: 'workflows', memory: 256, timeout: 10 },
  // reconciliation
  'compare-books': { ...databaseStep, timeout: 30, nudges: ['inbox'] },
  // Fifty payments, ten at a time, up to three calls each, answered within Stripe's rung or not at all.
  'read-ledger': { ...stripeStep, timeout: 120 },
  'match-ledger': { ...databaseStep, timeout: 30, nudges: ['inbox'] },
  'list-ledger': { ...stripeStep, timeout: 30 },
  // relays
  'outbox-relay': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    database: 'writer',
    publishes: true,
    starts: ['payment', 'fulfilment', 'settlement'],
  },
  'mailbox-relay': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    database: 'writer',
    reportsTasks: true,
  },
  'inbox-processor': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    database: 'writer',
    nudges: ['outbox', 'mailbox'],
  },
  'watch-authorisations': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    database: 'writer',
    nudges: ['outbox', 'mailbox'],
    seldom: true,
  },
  'tell-findings': { stack: 'relays', memory: 512, timeout: 30, database: 'writer' },
  'purge-settled': {
    stack: 'relays',
    memory: 512,
    timeout: 300,
    database: 'writer',
    seldom: true,
  },
  'check-books': {
    stack: 'relays',
    memory: 512,
    timeout: 300,
    database: 'writer',
    seldom: true,
  },
  'delivery-outcomes': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    database: 'writer',
    nudges: ['outbox', 'mailbox'],
  },
  'delivery-events': { stack: 'relays', memory: 512, timeout: 30, publishes: true },
  'order-timeline': {
    stack: 'relays',
    memory: 512,
    timeout: 30,
    tables: { timeline: 'batches' },
  },
  // the API
  'orders-api': {
    ...apiFunction,
    database: 'writer',
    nudges: ['outbox', 'mailbox'],
    tables: { timeline: 'read', deliveries: 'write' },
    starts: ['checkout'],
    environment: { SFN_DISABLE_HOST_PREFIX: 'false' },
  },
  'warehouse-api': { ...apiFunction, database: 'writer', nudges: ['outbox', 'mailbox'] },
  'operations-api': {
    ...apiFunction,
    database: 'writer',
    nudges: ['outbox', 'mailbox'],
    tables: { timeline: 'read', deliveries: 'write', access: 'write' },
  },
  'courier-api': { ...apiFunction, tables: { deliveries: 'write', idempotency: 'write' } },
  authorizer: { stack: 'api', memory: 512, timeout: 5, tables: { access: 'item' } },
  'stripe-webhook': {
    ...apiFunction,
    timeout: 15,
    // Were it crowded out, paid orders would wait for Stripe's next try.
    reserved: 100,
    database: 'writer',
    stripe: 'webhook',
    nudges: ['inbox'],
  },
  // deploy time
  'own-database': { ...administration, timeout: 60 },
  migrate: { ...administration, timeout: 300 },
  'seed-shop': { stack: 'database', memory: 512, timeout: 60, database: 'writer' },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functions;

const isName = (name: string): name is FunctionName => name in functions;
export const functionNames: readonly FunctionName[] = Object.keys(functions).filter(isName);

/** Those that a stage has: goods are made up only where it says so, a database only on another's cluster. */
export function functionsOf(stage: Pick<Stage, 'seeded' | 'clusterOf'>): readonly FunctionName[] {
  return functionNames.filter(
    (name) =>
      (name !== 'seed-shop' || stage.seeded) &&
      (name !== 'own-database' || stage.clusterOf !== undefined),
  );
}

/** The table's row with every field it could have. */
export function specOf(name: FunctionName): FunctionSpec {
  return functions[name];
}
