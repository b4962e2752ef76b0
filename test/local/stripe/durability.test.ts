import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { startStripeSimulator } from '../../../local/stripe/index.ts';
import { client, day, endpoint, held, refusal, webhookSecret } from './harness.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'stripe-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

/** A simulator in a process of its own, whose webhooks find nobody. @returns its address and how to kill it */
async function elsewhere(stateFile: string) {
  const script = `
    import { VirtualClock } from './local/clock.ts';
    import { startStripeSimulator } from './local/stripe/index.ts';
    const simulator = await startStripeSimulator({
      clock: new VirtualClock(), port: 0, stateFile: process.argv[1],
      webhook: { url: 'http://127.0.0.1:9/', secret: '${webhookSecret}' },
    });
    console.log(simulator.url + ' ' + simulator.secretKey);`;
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '-e', script, stateFile],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = await once(child.stdout, 'data');
  const [url = '', key = ''] = String(line).trim().split(' ');
  const { hostname, port } = new URL(url);
  const stripe = new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0 });
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { stripe, kill };
}

describe('a simulator killed without warning', () => {
  it('knows all it has answered, and delivers what it had not', async () => {
    const stateFile = join(folder(), 'stripe.db');
    const options = { idempotencyKey: 'order-1.1' };
    const params = { ...held, confirm: true, payment_method: 'pm_card_visa' };
    const before = await elsewhere(stateFile);
    const intent = await before.stripe.paymentIntents.create(params, options);
    await before.kill();

    // The first tries failed and wait on the clock: it starts an hour later, where they are due.
    const clock = new VirtualClock({ stoppedAt: Date.now() + 3_600_000 });
    const hook = await endpoint(clock);
    const simulator = await startStripeSimulator({
      clock,
      port: 0,
      stateFile,
      webhook: { url: hook.url, secret: webhookSecret },
    });
    onTestFinished(() => simulator.close());
    const stripe = client(simulator);
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_capture',
      client_secret: intent.client_secret,
    });
    const again = await stripe.paymentIntents.create(params, options);
    expect(again.id).toBe(intent.id);
    const other = await refusal(stripe.paymentIntents.create({ ...params, amount: 1 }, options));
    expect(other.type).toBe('StripeIdempotencyError');

    const settled = async () => {
      do await new Promise((resolve) => setImmediate(resolve));
      while (!simulator.idle());
    };
    await settled();
    expect(hook.types().toSorted()).toEqual([
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
      'payment_intent.created',
    ]);
    // The end of the authorisation was remembered too.
    await clock.advance(7 * day, settled);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('canceled');
  });
});
