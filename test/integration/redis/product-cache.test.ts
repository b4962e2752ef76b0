import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cache, type CacheOptions, createCache } from '../../../adapters/redis/cache.ts';
import { createCachedProducts, productKey } from '../../../adapters/redis/product-cache.ts';
import { productLifetimes } from '../../../domain/catalogue/ports.ts';
import { type Product, productSchema } from '../../../domain/catalogue/product.ts';
import { redisProgram } from '../../../local/services/redis.ts';
import { Gate, openRedis, product, Shelf, skuOf, sorted, troubles } from './support.ts';

const [mug, cup, bowl] = [product('MUG'), product('CUP'), product('BOWL')] as const;

/** The one in this process, and the one of this machine's PATH where it has one. */
const { PATH: path = '' } = process.env;
const found = redisProgram(path) === undefined ? [] : [{ path, from: 'from the PATH' }];
const servers = [{ path: undefined, from: 'in process' }, ...found];

describe.each(servers)('$from', (where) => {
  let redis: Awaited<ReturnType<typeof openRedis>>;
  let gate: Gate;
  let caches: Cache[];
  let shelf: Shelf;
  let trouble: ReturnType<typeof troubles>;

  beforeAll(async () => {
    redis = await openRedis(where.path);
    gate = await Gate.before(redis.server.port);
  });
  afterAll(async () => {
    await gate.close();
    await redis.close();
  });
  beforeEach(async () => {
    await redis.admin.flushall();
    gate.pass();
    caches = [];
    shelf = new Shelf();
    trouble = troubles();
    shelf.put(mug, cup, bowl);
  });
  afterEach(() => {
    for (const cache of caches) cache.close();
  });

  /** A worker: its own connection, its own reader. */
  const worker = (options: Partial<CacheOptions> = {}) => {
    const cache = createCache({ host: '127.0.0.1', port: gate.port, ...options });
    caches.push(cache);
    return createCachedProducts({ reader: shelf, cache, report: trouble.report });
  };
  const all = [mug.sku, cup.sku, bowl.sku];

  it('what one worker read, another has from the cache', async () => {
    expect(sorted(await worker().productsBySku(all))).toEqual(sorted([mug, cup, bowl]));
    expect(sorted(await worker().productsBySku(all))).toEqual(sorted([mug, cup, bowl]));
    expect(shelf.asked).toEqual([all]);
    expect(trouble.kinds).toEqual([]);
  });

  it('only what is missing is asked of the database, in one statement', async () => {
    const products = worker();
    await products.productsBySku([mug.sku]);
    expect(sorted(await products.productsBySku(all))).toEqual(sorted([mug, cup, bowl]));
    expect(shelf.asked).toEqual([[mug.sku], [cup.sku, bowl.sku]]);
  });

  it('an unknown SKU is not asked for again, for a few seconds', async () => {
    const products = worker();
    const ghost = skuOf('GHOST');
    expect(await products.productsBySku([ghost])).toEqual([]);
    expect(await products.productsBySku([ghost, mug.sku])).toEqual([mug]);
    expect(shelf.asked).toEqual([[ghost], [mug.sku]]);
    const left = await redis.admin.pttl(productKey(ghost));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(productLifetimes.absent * 1000);
  });

  it('everything ends, and what was read together does not end together', async () => {
    const many = Array.from({ length: 50 }, (_, index) => product(`MUG-${index}`));
    shelf.put(...many);
    await worker().productsBySku(many.map(({ sku }) => sku));
    const left = await Promise.all(many.map(({ sku }) => redis.admin.ttl(productKey(sku))));
    expect(Math.max(...left)).toBeLessThanOrEqual(productLifetimes.longest);
    expect(Math.min(...left)).toBeGreaterThanOrEqual((productLifetimes.longest * 2) / 3 - 2);
    expect(new Set(left).size).toBeGreaterThan(3);
  });

  it('what was evicted is read again', async () => {
    const products = worker();
    await products.productsBySku(all);
    await redis.admin.del(productKey(cup.sku));
    expect(sorted(await products.productsBySku(all))).toEqual(sorted([mug, cup, bowl]));
    expect(shelf.asked).toEqual([all, [cup.sku]]);
  });

  it.each([
    ['no JSON', '{'],
    ['an older shape', JSON.stringify({ sku: 'MUG', price: 1 })],
    ['a negative price', JSON.stringify({ ...mug, unitPrice: -1 })],
    ['another product', JSON.stringify(cup)],
    ['far too long', `${JSON.stringify(mug)}${' '.repeat(5000)}`],
  ])('a bad value (%s) is a miss, reported, and written over', async (_, value) => {
    await redis.admin.set(productKey(mug.sku), value, 'EX', 1000);
    expect(await worker().productsBySku([mug.sku])).toEqual([mug]);
    expect(trouble.kinds).toEqual(['bad_entry']);
    expect(await worker().productsBySku([mug.sku])).toEqual([mug]);
    expect(shelf.asked).toEqual([[mug.sku]]);
    expect(await redis.admin.ttl(productKey(mug.sku))).toBeLessThanOrEqual(30);
  });

  it('a key of the wrong type is a miss, reported, and written over', async () => {
    await redis.admin.rpush(productKey(mug.sku), 'a', 'b');
    expect(await worker().productsBySku([mug.sku, cup.sku])).toHaveLength(2);
    expect(trouble.kinds).toEqual(['bad_entry']);
    await worker().productsBySku([mug.sku, cup.sku]);
    expect(shelf.asked).toHaveLength(1);
  });

  it('a changed price is sold at once, by every worker', async () => {
    const [one, other] = [worker(), worker()];
    await one.productsBySku(all);
    await other.productsBySku(all);
    const dearer = product('MUG', 1990);
    shelf.put(dearer);
    await one.changed([mug.sku]);
    expect(await other.productsBySku([mug.sku])).toEqual([dearer]);
    expect(await one.productsBySku([mug.sku])).toEqual([dearer]);
  });

  it('without a word of the change the old price ends with its entry', async () => {
    const products = worker();
    await products.productsBySku([mug.sku]);
    const dearer = product('MUG', 1990);
    shelf.put(dearer);
    expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    await redis.admin.pexpire(productKey(mug.sku), 1);
    await expect.poll(() => redis.admin.exists(productKey(mug.sku))).toBe(0);
    expect(await products.productsBySku([mug.sku])).toEqual([dearer]);
  });

  it('a row read before a change, on the way while it happens, is not put back', async () => {
    const [slow, writer, third] = [worker(), worker(), worker()];
    const answered = Promise.withResolvers<void>();
    shelf.slow = answered.promise;
    const late = slow.productsBySku([mug.sku]);
    await expect.poll(() => shelf.asked).toHaveLength(1);
    shelf.slow = Promise.resolve();
    const dearer = product('MUG', 1990);
    shelf.put(dearer);
    await writer.changed([mug.sku]);
    answered.resolve();
    expect(await late).toEqual([mug]);
    expect(await third.productsBySku([mug.sku])).toEqual([dearer]);
  });

  it('who asks after a change does not join a look-up from before it', async () => {
    const products = worker();
    const answered = Promise.withResolvers<void>();
    shelf.slow = answered.promise;
    const late = products.productsBySku([mug.sku]);
    await expect.poll(() => shelf.asked).toHaveLength(1);
    const dearer = product('MUG', 1990);
    shelf.put(dearer);
    await products.changed([mug.sku]);
    const next = products.productsBySku([mug.sku]);
    await expect.poll(() => shelf.asked).toHaveLength(2);
    answered.resolve();
    expect([await late, await next]).toEqual([[mug], [dearer]]);
  });

  it('a replica that lags behind a change does not bring the old price back', async () => {
    const products = worker();
    await products.changed([mug.sku]);
    expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    const dearer = product('MUG', 1990);
    shelf.put(dearer);
    expect(await products.productsBySku([mug.sku])).toEqual([dearer]);
    const left = await redis.admin.ttl(productKey(mug.sku));
    expect(left).toBeGreaterThan(productLifetimes.changed - 2);
  });

  it('two that miss at the same time share one look-up', async () => {
    const products = worker();
    const answered = Promise.withResolvers<void>();
    shelf.slow = answered.promise;
    const both = Promise.all([
      products.productsBySku([mug.sku, cup.sku]),
      products.productsBySku([cup.sku, bowl.sku]),
    ]);
    await expect.poll(() => shelf.asked).toHaveLength(2);
    answered.resolve();
    const [first, second] = await both;
    expect([sorted(first), sorted(second)]).toEqual([sorted([mug, cup]), sorted([cup, bowl])]);
    expect(shelf.asked.flat().sort()).toEqual(['BOWL', 'CUP', 'MUG']);
  });

  it('the database’s own failure is the caller’s, and the next look-up asks it again', async () => {
    const products = worker();
    const answered = Promise.withResolvers<void>();
    shelf.slow = answered.promise;
    const failing = products.productsBySku(all);
    await expect.poll(() => shelf.asked).toHaveLength(1);
    answered.reject(new Error('down'));
    await expect(failing).rejects.toThrow('down');
    shelf.slow = Promise.resolve();
    expect(await products.productsBySku(all)).toHaveLength(3);
  });

  it('a cache that goes silent costs one timeout, then nothing while it rests, and comes back', async () => {
    const products = worker({ answerTimeout: 50, rest: 200 });
    await products.productsBySku(all);
    gate.hold();
    const began = performance.now();
    expect(await products.productsBySku(all)).toHaveLength(3);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(await products.productsBySku(all)).toHaveLength(3);
    expect(trouble.kinds).toEqual(['unavailable', 'resting']);
    gate.pass();
    trouble.kinds.length = 0;
    await expect
      .poll(async () => {
        const before = trouble.kinds.length;
        await products.productsBySku(all);
        return trouble.kinds.length - before;
      })
      .toBe(0);
    // By a new connection: the old one is not tried again.
    expect(new Set(trouble.kinds)).toEqual(new Set(['resting']));
    shelf.asked.length = 0;
    await products.productsBySku(all);
    expect(shelf.asked).toEqual([]);
  });

  it('a connection that ended between two calls is made again, and no call fails by it', async () => {
    const products = worker();
    await products.productsBySku(all);
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = sockets();
    gate.cut();
    // The worker's own, and the gate's two.
    await expect.poll(sockets).toBeLessThanOrEqual(before - 3);
    shelf.asked.length = 0;
    expect(await products.productsBySku(all)).toHaveLength(3);
    expect(trouble.kinds).toEqual([]);
    expect(shelf.asked).toEqual([]);
  });

  it('a change that the cache is not told of is reported, and nothing fails', async () => {
    const products = worker();
    await products.productsBySku(all);
    gate.cut();
    gate.hold();
    await products.changed(all);
    expect(trouble.kinds).toContain('unavailable');
  });

  it('answers what the plain reader answers, whatever was evicted, garbled or changed between', async () => {
    const skus = ['A1', 'B2', 'C3', 'D4'].map(skuOf);
    const some = fc.uniqueArray(fc.constantFrom(...skus), { minLength: 1 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('read' as const), skus: some }),
      fc.record({
        do: fc.constant('write' as const),
        skus: some,
        price: fc.integer({ min: 1, max: 99_999 }),
      }),
      fc.record({ do: fc.constant('remove' as const), skus: some }),
      fc.record({ do: fc.constant('evict' as const), skus: some }),
      fc.record({ do: fc.constant('garble' as const), skus: some, value: fc.string() }),
      fc.record({ do: fc.constant('mistype' as const), skus: some }),
    );
    const workers = [worker(), worker()];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await redis.admin.flushall();
        shelf.products.clear();
        for (const [index, one] of steps.entries()) {
          const products = workers[index % 2] ?? worker();
          const keys = one.skus.map(productKey);
          switch (one.do) {
            case 'read':
              expect(sorted(await products.productsBySku(one.skus))).toEqual(
                sorted(await shelf.productsBySku(one.skus)),
              );
              break;
            case 'write':
              shelf.put(...one.skus.map((sku) => product(sku, one.price)));
              await products.changed(one.skus);
              break;
            case 'remove':
              for (const sku of one.skus) shelf.products.delete(sku);
              await products.changed(one.skus);
              break;
            case 'evict':
              await redis.admin.del(keys);
              break;
            case 'garble':
              for (const key of keys) await redis.admin.set(key, `${one.value}?`);
              break;
            case 'mistype':
              for (const key of keys) await redis.admin.del(key);
              for (const key of keys) await redis.admin.hset(key, 'field', 'value');
              break;
          }
        }
      }),
      { numRuns: 40 },
    );
    expect(trouble.kinds.filter((kind) => kind !== 'bad_entry')).toEqual([]);
  });
});

describe('without a server', () => {
  const signIn = {
    cacheName: 'kassa-test',
    user: 'kassa-test-app',
    region: 'eu-central-1',
    credentials: () => ({ accessKeyId: 'AKIA', secretAccessKey: 'secret' }),
  };
  const shelf = new Shelf();
  shelf.put(mug, cup, bowl);

  it('a cache that is down is not asked again at once', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const address = probe.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((resolve) => probe.close(resolve));
    const trouble = troubles();
    const cache = createCache({ host: '127.0.0.1', port });
    const products = createCachedProducts({ reader: shelf, cache, report: trouble.report });
    for (const _ of [1, 2, 3]) expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    expect(trouble.kinds).toEqual(['unavailable', 'resting', 'resting']);
  });

  it('a cache that takes connections and never signs anybody in is given up', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const trouble = troubles();
    const cache = createCache({ host: '127.0.0.1', port, connectTimeout: 50, signIn });
    const products = createCachedProducts({ reader: shelf, cache, report: trouble.report });
    const began = performance.now();
    expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(trouble.kinds).toEqual(['unavailable']);
    silent.close();
  });

  it('a cache that takes connections and says nothing is given up', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const trouble = troubles();
    const cache = createCache({ host: '127.0.0.1', port, answerTimeout: 50 });
    const products = createCachedProducts({ reader: shelf, cache, report: trouble.report });
    const began = performance.now();
    expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(trouble.kinds).toEqual(['unavailable']);
    silent.close();
  });

  it('a full cache fails nothing: it is reported, and reads go on', async () => {
    const asked: string[] = [];
    const full = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const [, name = ''] of data.toString().matchAll(/\r\n(mget|set)\r\n/g)) {
          asked.push(name);
          socket.write(
            name === 'mget'
              ? '*1\r\n$-1\r\n'
              : "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
          );
        }
      });
    });
    await new Promise<void>((resolve) => full.listen(0, '127.0.0.1', () => resolve()));
    const address = full.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const trouble = troubles();
    const cache = createCache({ host: '127.0.0.1', port });
    const products = createCachedProducts({ reader: shelf, cache, report: trouble.report });
    for (const _ of [1, 2]) expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    expect(trouble.kinds).toEqual(['refused', 'refused']);
    expect(asked).toEqual(['mget', 'set', 'mget', 'set']);
    cache.close();
    full.close();
  });

  it('a token never travels in the clear: with a sign-in the line is TLS from its first byte', async () => {
    const first = Promise.withResolvers<Buffer>();
    const plain = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (data) => {
        first.resolve(data);
        socket.destroy();
      });
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', () => resolve()));
    const address = plain.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const trouble = troubles();
    const cache = createCache({
      host: '127.0.0.1',
      port,
      signIn,
    });
    const products = createCachedProducts({ reader: shelf, cache, report: trouble.report });
    expect(await products.productsBySku([mug.sku])).toEqual([mug]);
    const bytes = await first.promise;
    expect(bytes[0]).toBe(0x16);
    expect(bytes.toString('latin1')).not.toContain('X-Amz-Signature');
    expect(trouble.kinds).toEqual(['unavailable']);
    plain.close();
  });
});

it('where a mark stands nothing is offered to the cache', async () => {
  const offered: string[] = [];
  const cache: Cache = {
    read: async (keys) => keys.map((key) => (key === productKey(mug.sku) ? 'changed' : null)),
    store: async (entries) => {
      offered.push(...entries.map(({ key }) => key));
      return entries.map(() => 'stored');
    },
    close: () => undefined,
  };
  const shelf = new Shelf();
  shelf.put(mug, cup);
  const products = createCachedProducts({ reader: shelf, cache, report: troubles().report });
  expect(await products.productsBySku([mug.sku])).toEqual([mug]);
  expect(offered).toEqual([]);
  expect(await products.productsBySku([mug.sku, cup.sku])).toEqual([mug, cup]);
  expect(offered).toEqual([productKey(cup.sku)]);
});

it('a product of another shape is another key', () => {
  const shape: readonly (keyof Product)[] = [
    ...(['sku', 'name', 'category', 'unitPrice', 'currency', 'weight', 'active'] as const),
  ];
  expect(Object.keys(productSchema.shape)).toEqual(shape);
  expect(productKey(mug.sku)).toBe('{product:v1}:MUG');
});
