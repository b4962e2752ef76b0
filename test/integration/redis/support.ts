import { createServer, connect as open, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type { CacheTrouble } from '../../../adapters/redis/product-cache.ts';
import type { ProductReader } from '../../../domain/catalogue/ports.ts';
import { type Product, productSchema } from '../../../domain/catalogue/product.ts';
import { type Sku, skuSchema } from '../../../domain/shared/ids.ts';
import { type RedisServer, startRedis } from '../../../local/services/redis.ts';

export const skuOf = (text: string): Sku => skuSchema.parse(text);

export function product(sku: string, unitPrice = 1490): Product {
  return productSchema.parse({
    ...{ sku, name: `Mug "${sku}"`, category: 'Table', unitPrice, currency: 'EUR' },
    ...{ weight: 390, active: true },
  });
}

/** The database: what it holds is changed by the test, and what it was asked is looked at. */
export class Shelf implements ProductReader {
  readonly products = new Map<Sku, Product>();
  readonly asked: (readonly Sku[])[] = [];
  /** Answers wait for it. */
  slow: Promise<unknown> = Promise.resolve();

  put(...products: readonly Product[]): void {
    for (const one of products) this.products.set(one.sku, one);
  }

  async productsBySku(skus: readonly Sku[]): Promise<readonly Product[]> {
    this.asked.push(skus);
    // As it is when the statement runs, however late the answer is.
    const found = skus.flatMap((sku) => this.products.get(sku) ?? []);
    await this.slow;
    return found;
  }
}

export const sorted = (products: readonly Product[]): readonly Product[] =>
  [...products].sort((a, b) => a.sku.localeCompare(b.sku));

export function troubles(): { report(trouble: CacheTrouble): void; readonly kinds: string[] } {
  const kinds: string[] = [];
  return {
    kinds,
    report: (trouble) => {
      const resting = trouble.kind === 'unavailable' && trouble.error.resting;
      kinds.push(resting ? 'resting' : trouble.kind);
    },
  };
}

/** A Redis, and a client that sees everything in it. */
export async function openRedis(path: string | undefined): Promise<{
  readonly server: RedisServer;
  readonly admin: Redis;
  close(): Promise<void>;
}> {
  const server = await startRedis({ path });
  const admin = new Redis({ host: server.host, port: server.port, protocol: 2 });
  return {
    server,
    admin,
    close: async () => {
      admin.disconnect();
      await server.close();
    },
  };
}

/** Stands between a client and its server, and may hold back answers or break the line. */
export class Gate {
  #server: Server;
  #sockets = new Set<Socket>();
  #held = false;
  readonly #lines = new Set<{ dead: boolean }>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(target: number): Promise<Gate> {
    const server = createServer({ allowHalfOpen: true });
    const gate = new Gate(server);
    server.on('connection', (client) => gate.#join(client, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return gate;
  }

  #join(client: Socket, target: number): void {
    const line = { dead: this.#held };
    this.#lines.add(line);
    const upstream = open({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('end', () => {
        if (!line.dead) other.end();
      });
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (data) => upstream.write(data));
    upstream.on('data', (data) => {
      if (!line.dead) client.write(data);
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Every line is dead from now on: nothing comes back on it, not even its end. */
  hold(): void {
    for (const line of this.#lines) line.dead = true;
    this.#held = true;
  }

  /** New lines are alive again. */
  pass(): void {
    this.#held = false;
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }
}
