import { Charges } from './charges.ts';
import { Customers } from './customers.ts';
import { Disputes } from './disputes.ts';
import type { Events } from './events.ts';
import type { Lookup } from './expand.ts';
import { Intents } from './intents.ts';
import { PaymentFlow } from './payment-flow.ts';
import { PaymentIntents } from './payment-intents.ts';
import { PaymentMethods } from './payment-methods.ts';
import { Refunds } from './refunds.ts';
import { SetupIntents } from './setup-intents.ts';
import type { JobKind, World } from './world.ts';

/** Every resource of the API, put together. */
export interface Resources {
  readonly customers: Customers;
  readonly methods: PaymentMethods;
  readonly charges: Charges;
  readonly intents: Intents;
  readonly refunds: Refunds;
  readonly disputes: Disputes;
  readonly flow: PaymentFlow;
  readonly paymentIntents: PaymentIntents;
  readonly setupIntents: SetupIntents;
  readonly events: Events;
  /** The bank's question to the customer of an intent, and where they came from. */
  readonly challengeOf: (intent: string) => {
    readonly return_url: string | null;
    readonly client_secret: string;
  };
}

export function makeResources(world: World, events: Events): Resources {
  const customers = new Customers(world);
  const methods = new PaymentMethods(world, customers);
  const charges = new Charges(world, methods);
  const intents = new Intents(world, methods);
  const refunds = new Refunds(world, { charges, methods, intents });
  const disputes = new Disputes(world, { charges, methods });
  const flow = new PaymentFlow(world, { intents, methods, charges, refunds, disputes });
  const paymentIntents = new PaymentIntents(world, { intents, methods, customers, flow });
  const setupIntents = new SetupIntents(world, { methods, customers });
  return {
    customers,
    methods,
    charges,
    intents,
    refunds,
    disputes,
    flow,
    paymentIntents,
    setupIntents,
    events,
    challengeOf: (id) => {
      const record = id.startsWith('seti_') ? setupIntents.find(id) : intents.find(id);
      const { client_secret, next_action } = record;
      return { client_secret, return_url: next_action?.return_url ?? null };
    },
  };
}

/** What the clock brings about. */
export function runJob(resources: Resources, kind: JobKind, subject: string): void {
  switch (kind) {
    case 'expire_authorisation':
      resources.flow.expire(subject);
      break;
    case 'settle_refund':
      resources.refunds.settle(subject);
      break;
  }
}

/** Finds what an id names, for `expand`. */
export function lookupIn(resources: Resources): Lookup {
  return (id, field) => {
    if (field === 'refunds') return resources.refunds.list({ charge: id });
    if (id.startsWith('ch_')) return resources.charges.retrieve(id);
    if (id.startsWith('pi_')) return resources.intents.render(resources.intents.find(id));
    if (id.startsWith('cus_')) return resources.customers.retrieve(id);
    if (id.startsWith('pm_')) return resources.methods.retrieve(id);
    return undefined;
  };
}
