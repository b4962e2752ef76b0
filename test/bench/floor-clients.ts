import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { newOrderId } from '../../functions/orders-api/order-id.ts';
import { placeCommand } from '../support/shop.ts';
import { floorPlanSchema } from './floor.ts';
import { OneStatement } from './wire.ts';

/** The clients of one thread: the store's statement with the store's parameters, and nothing around it. */
const port = parentPort;
if (port === null) throw new Error('to be started as a worker thread');
const plan = floorPlanSchema.parse(workerData);
const warmUpMs = 1500;
const day = 24 * 3_600_000;

const clients = await Promise.all(
  Array.from({ length: plan.clients }, () =>
    OneStatement.prepare(
      { ...plan.connection, user: 'kassa_app' },
      'select kassa.place_order($1::text::jsonb, $2, $3) as result',
    ),
  ),
);
const commands = plan.skus.map((sku) => placeCommand([[sku, 1]]));

async function placeUntil(client: OneStatement, end: number): Promise<number> {
  let placed = 0;
  for (; performance.now() < end; placed += 1) {
    // Tomorrow: neither the orders nor their events shall fall due while something else is being measured.
    const now = new Date(Date.now() + day);
    const command = {
      ...commands[Math.floor(Math.random() * commands.length)],
      orderId: newOrderId(now, randomBytes(10)),
      idempotencyKey: randomUUID(),
    };
    const expiresAt = new Date(now.getTime() + day);
    const answer = await client.run([
      ...[JSON.stringify(command), now.toISOString(), expiresAt.toISOString()],
    ]);
    if (!answer.includes('"placed"')) throw new Error(`place_order answered ${answer}`);
  }
  return placed;
}

const all = async (milliseconds: number): Promise<number> => {
  const end = performance.now() + milliseconds;
  const placed = await Promise.all(clients.map((client) => placeUntil(client, end)));
  return placed.reduce((sum, each) => sum + each, 0);
};

await all(warmUpMs);
const told = once(port, 'message');
port.postMessage('warm');
await told;
port.postMessage({ placed: await all(plan.seconds * 1000) });
for (const client of clients) client.end();
port.close();
