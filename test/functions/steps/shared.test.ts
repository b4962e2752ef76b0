import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { NotYetFault, TransientFault } from '../../../domain/shared/errors.ts';
import { retryAt } from '../../../functions/shared/backoff.ts';
import { readEnv } from '../../../functions/shared/env.ts';
import { job } from '../../../functions/shared/job.ts';
import { inParallel } from '../../../functions/shared/lease.ts';
import { captureLog, now } from './support.ts';

const context = { getRemainingTimeInMillis: () => 12_345 };

describe('a job', () => {
  captureLog();

  it('does the same for a nudge and for its schedule: the event says nothing', async () => {
    const run = vi.fn(async () => undefined);
    const handler = job({ name: 'relay', run })(() => ({}));
    await handler({ Records: [{ body: '{}' }, { body: 'anything' }] }, context);
    await handler({}, context);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('knows how long it still has', async () => {
    const left: number[] = [];
    const run = async (_: object, time: { remaining: () => number }) => {
      left.push(time.remaining());
    };
    await job({ name: 'relay', run })(() => ({}))({}, context);
    expect(left).toEqual([12_345]);
  });

  it('that fails is failed: the queue gives the nudge again, and its DLQ keeps it', async () => {
    const run = () => Promise.reject(new TransientFault('postgres_unreachable', 'gone'));
    const handler = job({ name: 'relay', run })(() => ({}));
    await expect(handler({}, context)).rejects.toMatchObject({ name: 'TransientFault' });
  });
});

describe('an environment', () => {
  const schema = z.object({ HOST: z.string().min(1), PORT: z.coerce.number().int() });

  it('is parsed', () => {
    expect(readEnv(schema, { HOST: 'db', PORT: '5432', OTHER: 'x' })).toEqual({
      HOST: 'db',
      PORT: 5432,
    });
  });

  it('that does not fit is told by its variables, never by their values', () => {
    const read = () => readEnv(schema, { PORT: 'hunter2' });
    expect(read).toThrowError(/HOST, PORT/);
    expect(read).not.toThrowError(/hunter2/);
    expect(read).toThrowError(NotYetFault);
  });
});

describe('working in parallel', () => {
  it('answers in the order of the items, whichever is done first', async () => {
    const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
    const answers = inParallel([0, 1, 2], 3, async (index) => {
      await gates[index]?.promise;
      return index * 10;
    });
    for (const gate of gates.toReversed()) {
      gate.resolve();
      await gate.promise;
    }
    expect(await answers).toEqual([0, 10, 20]);
  });
});

describe('trying again', () => {
  it('waits longer each time, and never longer than five minutes', () => {
    const waits = [0, 1, 2, 8, 9, 1000].map(
      (attempts) => (retryAt(now, attempts).getTime() - now.getTime()) / 1000,
    );
    expect(waits).toEqual([1, 2, 4, 256, 300, 300]);
  });
});
