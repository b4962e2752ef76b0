import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { json } from '../../adapters/postgres/call.ts';
import { createSql } from '../../adapters/postgres/client.ts';
import { placeCommand } from '../support/shop.ts';
import { floorPlanSchema } from './floor.ts';

/** The clients of one thread: the same statement as the store's, with nothing around it. */
const port = parentPort;
if (port === null) throw new Error('to be started as a worker thread');
const plan = floorPlanSchema.parse(workerData);
const warmUpMs = 1500;

const pools = Array.from({ length: plan.clients }, () =>
  createSql({ ...plan.connection, user: 'kassa_app', ssl: 'disable', max: 1 }),
);
const commands = plan.skus.map((sku) => placeCommand([[sku, 1]]));

async function placeUntil(sql: (typeof pools)[number], end: number): Promise<number> {
  let placed = 0;
  for (; performance.now() < end; placed += 1) {
    const command = {
      ...commands[Math.floor(Math.random() * commands.length)],
      orderId: randomUUID(),
      idempotencyKey: randomUUID(),
    };
    const now = new Date();
    // Not to fall due while something else is being measured.
    const expiresAt = new Date(now.getTime() + 24 * 3_600_000);
    const [row] =
      await sql`select kassa.place_order(${json(command)}::text::jsonb, ${now}, ${expiresAt}) as result`;
    const outcome: unknown = row?.['result']?.outcome;
    if (outcome !== 'placed') throw new Error(`place_order answered ${String(outcome)}`);
  }
  return placed;
}

const all = async (milliseconds: number): Promise<number> => {
  const end = performance.now() + milliseconds;
  const placed = await Promise.all(pools.map((sql) => placeUntil(sql, end)));
  return placed.reduce((sum, each) => sum + each, 0);
};

await all(warmUpMs);
const told = once(port, 'message');
port.postMessage('warm');
await told;
port.postMessage({ placed: await all(plan.seconds * 1000) });
await Promise.all(pools.map((sql) => sql.end({ timeout: 1 })));
port.close();
