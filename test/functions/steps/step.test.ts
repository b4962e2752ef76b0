import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { NotYetFault, OutcomeUnknownFault, TransientFault } from '../../../domain/shared/errors.ts';
import { step } from '../../../functions/shared/step.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { captureLog, order, unexpected } from './support.ts';

const spec = {
  name: 'test-step',
  input: z.strictObject({
    orderId: z.string(),
    generation: z.int(),
    correlationId: z.string(),
    token: z.string().optional(),
  }),
  output: z.strictObject({ outcome: z.literal('done') }),
};
const done = { outcome: 'done' as const };

describe('a step', () => {
  const log = captureLog();

  it('writes its order and correlation id, and nothing else of its input or output', async () => {
    const handler = step({ ...spec, run: async () => done })(() => ({}));
    await handler({ ...order, token: 'AQC-secret-token' });
    expect(log.lines().at(-1)).toMatchObject({
      step: 'test-step',
      message: 'finished',
      orderId: order.orderId,
      correlationId: 'req-1',
    });
    expect(log.text()).not.toContain('AQC-secret-token');
  });

  it('refuses input of another form by name, without running and without repeating what stood there', async () => {
    const handler = step({ ...spec, run: unexpected('run') })(() => ({}));
    const failure = handler({ ...order, orderId: 7, clientSecret: 'pi_1_secret_2' });
    await expect(failure).rejects.toMatchObject({
      name: 'InvalidInputFault',
      code: 'invalid_input',
      message: expect.stringContaining('orderId'),
    });
    await expect(failure).rejects.not.toHaveProperty(
      'message',
      expect.stringContaining('secret_2'),
    );
    expect(log.text()).not.toContain('secret_2');
  });

  it('A charge call times out: the error leaves under its own name, which is its retry class', async () => {
    const fault = new OutcomeUnknownFault('stripe_silent', 'timed out');
    const run = () => Promise.reject(fault);
    await expect(step({ ...spec, run })(() => ({}))(order)).rejects.toBe(fault);
    expect(fault.name).toBe('OutcomeUnknownFault');
    expect(log.lines().at(-1)).toMatchObject({ errorName: 'OutcomeUnknownFault' });
  });

  it('logs of an error its name and code and never its text', async () => {
    const error = new Error('Key (email)=(anna@example.com) already exists');
    const run = () => Promise.reject(error);
    await expect(step({ ...spec, run })(() => ({}))(order)).rejects.toBe(error);
    expect(log.text()).toContain('"errorName":"Error"');
    expect(log.text()).not.toContain('anna@example.com');
  });

  it('calls people at once where its own set-up is wrong, and not for what passes', async () => {
    const counted = vi.spyOn(metrics, 'addMetric');
    const failing = (fault: Error) =>
      expect(
        step({ ...spec, run: unexpected('run') })(() => Promise.reject(fault))(order),
      ).rejects.toBe(fault);
    await failing(new TransientFault('secret_throttled', 'busy'));
    await failing(new NotYetFault('intent_processing', 'later'));
    expect(counted).not.toHaveBeenCalled();
    await failing(new NotYetFault('bad_secret', 'of another form'));
    expect(counted.mock.calls).toEqual([['Misconfigured', 'Count', 1]]);
  });

  it('reads the clock once and hands it on', async () => {
    const seen: Date[] = [];
    const run = async (_: object, __: unknown, at: Date) => {
      seen.push(at);
      return done;
    };
    const before = Date.now();
    await step({ ...spec, run })(() => ({}))(order);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.getTime()).toBeGreaterThanOrEqual(before);
    expect(seen[0]?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('composes its dependencies once for a worker, and again only where that failed', async () => {
    const compose = vi
      .fn<() => Promise<object>>()
      .mockRejectedValueOnce(new TransientFault('secret_unreachable', 'no answer'))
      .mockResolvedValue({});
    const handler = step({ ...spec, run: async () => done })(compose);
    await expect(handler(order)).rejects.toMatchObject({ name: 'TransientFault' });
    await handler(order);
    await handler(order);
    expect(compose).toHaveBeenCalledTimes(2);
  });
});
