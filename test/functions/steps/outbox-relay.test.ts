import { describe, expect, it, vi } from 'vitest';
import type { OutboxAnswer, OutboxEntry } from '../../../domain/orders/ports.ts';
import { TransientFault } from '../../../domain/shared/errors.ts';
import { type Relay, relayOutbox } from '../../../functions/outbox-relay/relay.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog, now, time, unexpected } from './support.ts';

const event = (id: string, attempts = 0): OutboxEntry => ({
  kind: 'event',
  id,
  attempts,
  source: 'kassa.orders',
  type: 'OrderPlaced',
  detail: { id },
});
const execution = (id: string): OutboxEntry => ({
  kind: 'execution',
  id,
  attempts: 0,
  machine: 'payment',
  name: `order-${id}.1.1`,
  input: { id },
});

/** An outbox that hands out these batches, then nothing; its answers are kept in `settled`. */
function relay(batches: readonly (readonly OutboxEntry[])[], fakes: Partial<Relay> = {}) {
  const settled: OutboxAnswer[] = [];
  const left = [...batches];
  const dependencies: Relay = {
    outbox: {
      leaseOutbox: vi.fn(async () => left.shift() ?? []),
      settleOutbox: async (answers) => void settled.push(...answers),
    },
    publisher: { publish: unexpected('publish') },
    machines: { start: unexpected('start') },
    ...fakes,
  };
  return { dependencies, settled };
}

const full = Array.from({ length: 100 }, (_, index) => event(`e${index}`));

describe('the outbox relay', () => {
  const log = captureLog();

  it('State committed, event lost: PutEvents that takes some entries leaves the others to be tried again', async () => {
    const { dependencies, settled } = relay([[event('a'), event('b', 3), event('c')]], {
      publisher: { publish: async () => [true, false, true] },
    });
    await relayOutbox(dependencies, time);
    expect(settled).toEqual([
      { id: 'a', result: 'done' },
      { id: 'b', result: 'retry', retryAt: new Date(now.getTime() + 8000) },
      { id: 'c', result: 'done' },
    ]);
  });

  it('A row that fails for minutes while all else goes is told of, and one that just failed is not', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const { dependencies } = relay([[event('old', 8), event('new', 7), event('fine', 9)]], {
      publisher: { publish: async () => [false, false, true] },
    });
    await relayOutbox(dependencies, time);
    expect(counted.mock.calls).toEqual([
      ['OutboxRetried', 'Count', 2],
      ['RowsStuck', 'Count', 1],
    ]);
  });

  it('takes an entry without an answer for one that was not published', async () => {
    const { dependencies, settled } = relay([[event('a'), event('b')]], {
      publisher: { publish: async () => [true] },
    });
    await relayOutbox(dependencies, time);
    expect(settled.map((each) => each.result)).toEqual(['done', 'retry']);
  });

  it('A payment execution that failed holds its name: that is told, not tried again', async () => {
    const { dependencies, settled } = relay([[execution('a'), execution('b')]], {
      machines: { start: async (_, name) => (name === 'order-a.1.1' ? 'failed' : 'started') },
    });
    await relayOutbox(dependencies, time);
    expect(settled).toEqual([
      { id: 'a', result: 'failed_execution' },
      { id: 'b', result: 'done' },
    ]);
  });

  it('A poison row blocks its batch: a start that throws is put back and the others are settled', async () => {
    const { dependencies, settled } = relay([[execution('a'), event('b'), execution('c')]], {
      publisher: { publish: async () => [true] },
      machines: {
        start: async (_, name) => {
          if (name === 'order-a.1.1') throw new TransientFault('start_throttled', 'Throttling');
          return 'started';
        },
      },
    });
    await relayOutbox(dependencies, time);
    expect(Object.fromEntries(settled.map(({ id, result }) => [id, result]))).toEqual({
      a: 'retry',
      b: 'done',
      c: 'done',
    });
    expect(log.text()).toContain('"errorName":"TransientFault"');
  });

  it('goes on until the outbox is empty', async () => {
    const { dependencies, settled } = relay([full, full, [event('last')]], {
      publisher: { publish: async (entries) => entries.map(() => true) },
    });
    await relayOutbox(dependencies, time);
    expect(settled).toHaveLength(201);
    expect(dependencies.outbox.leaseOutbox).toHaveBeenCalledTimes(3);
  });

  it('takes no more rows when its time is nearly up, and leases them for longer than it can live', async () => {
    const { dependencies, settled } = relay([full, full], {
      publisher: { publish: async (entries) => entries.map(() => true) },
    });
    await relayOutbox(dependencies, { now, remaining: () => 4000 });
    expect(settled).toHaveLength(100);
    expect(dependencies.outbox.leaseOutbox).toHaveBeenCalledExactlyOnceWith(
      100,
      now,
      new Date(now.getTime() + 60_000),
    );
  });

  it('asks for nothing where there is nothing', async () => {
    const { dependencies, settled } = relay([]);
    await relayOutbox(dependencies, time);
    expect(settled).toEqual([]);
  });
});
