import { ListStateMachinesCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { until } from '../../local/demo/http.ts';
import { placeCommand } from '../support/shop.ts';
import type { BenchCloud } from './cloud.ts';
import { inParallel, round } from './numbers.ts';

export interface Expiry {
  readonly orders: number;
  /** How many of them had an execution waiting. */
  readonly waiting: number;
  readonly seconds: number;
  /** Placed by somebody else meanwhile, one after the other. */
  readonly checkouts: number;
}

const leftSchema = z.object({ overdue: z.int(), waiting: z.int() });

/**
 * Overdue orders drain while others go on ordering: most were placed in the database alone, `waiting` of them
 * through the API, so that an execution of each waits for its outcome.
 */
export async function drainExpiry(
  cloud: BenchCloud,
  plan: {
    readonly orders: number;
    readonly waiting: number;
    readonly skuOf: (index: number) => string;
  },
): Promise<Expiry> {
  const { world, admin } = cloud;
  const waiting: string[] = [];
  await inParallel(plan.waiting, 8, async (index) => {
    const customer = `bench-${index % 50}`;
    const sku = plan.skuOf(index);
    waiting.push((await world.placeOrder(customer, [{ sku, quantity: 1 }])).orderId);
  });
  await until(
    'the executions to wait for their payments',
    async () => {
      const [row] = await admin`select count(*)::int as tokens from kassa.mailbox
        where order_id = any (${waiting}::uuid[]) and step = 'payment' and token is not null`;
      return z.object({ tokens: z.int() }).parse(row).tokens;
    },
    (tokens) => tokens === waiting.length,
  );
  const { shop, sql } = cloud.stores(16);
  try {
    await inParallel(plan.orders - plan.waiting, 16, async (index) => {
      const placedAt = new Date(Date.now() - 60_000);
      const expiresAt = new Date(Date.now() + 600_000);
      const command = placeCommand([[plan.skuOf(index), 1]], { customer: 'overdue' });
      await shop.checkout.placeOrder(command, placedAt, expiresAt);
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
  // All at once, so that no scheduled expiry has begun before the measurement.
  await admin`update kassa.orders set expires_at = now() - interval '1 second'
    where customer_id = 'overdue' or order_id = any (${waiting}::uuid[])`;
  const began = performance.now();
  await startExpiry(cloud);
  let draining = true;
  let checkouts = 0;
  const others = (async () => {
    for (let index = 0; draining; index += 1) {
      await world.placeOrder('bench-0', [{ sku: plan.skuOf(index), quantity: 1 }]);
      checkouts += 1;
    }
  })();
  try {
    await until(
      'expiry to drain',
      async () => {
        const [row] = await admin`select
          (select count(*)::int from kassa.orders where status = 'awaiting_payment'
            and (customer_id = 'overdue' or order_id = any (${waiting}::uuid[]))) as overdue,
          (select count(*)::int from kassa.mailbox where order_id = any (${waiting}::uuid[])
            and step = 'payment' and settled_at is null) as waiting`;
        return leftSchema.parse(row);
      },
      (left) => left.overdue === 0 && left.waiting === 0,
      900,
    );
  } finally {
    draining = false;
    await others;
  }
  const seconds = round((performance.now() - began) / 1000);
  return { orders: plan.orders, waiting: plan.waiting, seconds, checkouts };
}

async function startExpiry({ sfnUrl: endpoint, region }: BenchCloud): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sfn = new SFNClient({ endpoint, region, credentials });
  try {
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    const machine = stateMachines.find(({ name }) => name?.endsWith('-expiry'));
    if (machine === undefined) throw new Error('no machine is called expiry');
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machine.stateMachineArn, input: '{}' }),
    );
  } finally {
    sfn.destroy();
  }
}
