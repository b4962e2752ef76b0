import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as z from 'zod';
import type { BenchCloud } from './cloud.ts';
import { round } from './numbers.ts';

export interface Floor {
  readonly concurrency: number;
  readonly transactionsPerSecond: number;
  /** Processor time of one placing, ms: the database's, and the clients' own beside it. */
  readonly databaseMs: number;
  readonly clientMs: number;
}

/** What a thread of clients is told. */
export const floorPlanSchema = z.object({
  connection: z.object({ host: z.string(), port: z.int(), database: z.string() }),
  clients: z.int().min(1),
  seconds: z.number(),
  skus: z.array(z.string()).min(1),
});

const countSchema = z.object({ placed: z.int() });

/** Threads enough that the clients are not what is measured. */
const threads = 2;

/**
 * The placing transaction alone, from plain clients on connections that are warm, on the same durable database: nothing
 * can be faster than this.
 */
export async function measureFloor(
  cloud: Pick<BenchCloud, 'connection' | 'usages'>,
  plan: {
    readonly concurrency: number;
    readonly seconds: number;
    readonly skus: readonly string[];
  },
): Promise<Floor> {
  const many = Math.min(threads, plan.concurrency);
  const workers = Array.from({ length: many }, (_, index) => {
    const workerData: z.infer<typeof floorPlanSchema> = {
      connection: cloud.connection,
      clients: Math.ceil((plan.concurrency - index) / many),
      seconds: plan.seconds,
      skus: [...plan.skus],
    };
    return new Worker(new URL('./floor-clients.ts', import.meta.url), { workerData });
  });
  try {
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const before = cloud.usages();
    const began = performance.now();
    const counts = workers.map(async (worker) => {
      const [message] = await once(worker, 'message');
      return countSchema.parse(message).placed;
    });
    for (const worker of workers) worker.postMessage('go');
    const placed = (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
    const seconds = (performance.now() - began) / 1000;
    const after = cloud.usages();
    const each = (role: 'postgres' | 'driver'): number =>
      round(((after[role]?.cpuMs ?? 0) - (before[role]?.cpuMs ?? 0)) / placed);
    return {
      concurrency: plan.concurrency,
      transactionsPerSecond: round(placed / seconds),
      databaseMs: each('postgres'),
      clientMs: each('driver'),
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
