import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { listen, shut } from '../http.ts';
import { Api } from './api.ts';
import { type Control, makeControl } from './control.ts';
import { makeServer } from './server.ts';
import { Simulator } from './simulator.ts';
import type { Endpoint } from './webhooks.ts';

export type { Control } from './control.ts';
export type { FaultOrder, LatencyOrder } from './faults.ts';
export { signature as stripeSignature } from './webhooks.ts';

/** Fixed, so that a shop's configuration survives a restart. They open nothing but the simulator. */
const secretKey = 'sk_test_kassa_simulator_secret';
const publishableKey = 'pk_test_kassa_simulator_public';

export interface StripeSimulatorOptions {
  /** Authorisations expire, keys are forgotten and deliveries retried by this clock. */
  readonly clock: Clock;
  /** 0 for any free port. Loopback only. */
  readonly port: number;
  /** An SQLite file that outlives the process; without it all is kept in memory. */
  readonly stateFile?: string;
  /** Where events are posted; without it they are only listed. */
  readonly webhook?: Endpoint;
  /** Ids and shuffles come from it: in [0, 1). */
  readonly random?: () => number;
}

export interface StripeSimulator {
  /** `http://127.0.0.1:<port>`: split it for the SDK's host, port and protocol. */
  readonly url: string;
  readonly publishableKey: string;
  readonly secretKey: string;
  /** What the world does to a shop; the same as `POST /_control/…`. */
  readonly control: Control;
  /** True when no delivery is pending right now: those held back or waiting for a later retry do not count. */
  readonly idle: () => boolean;
  readonly close: () => Promise<void>;
}

/**
 * Stripe on a laptop: answers Stripe's HTTP API to the official SDK, in the shapes of the SDK's own types.
 * @throws the listen error when the port is taken
 */
export async function startStripeSimulator(
  options: StripeSimulatorOptions,
): Promise<StripeSimulator> {
  if (options.stateFile !== undefined) mkdirSync(dirname(options.stateFile), { recursive: true });
  const simulator = new Simulator({
    clock: options.clock,
    file: options.stateFile ?? ':memory:',
    random: options.random ?? Math.random,
    endpoint: options.webhook,
  });
  const control = makeControl(simulator);
  const idle = () => simulator.webhooks.idle();
  const api = new Api(simulator, { secretKey, publishableKey });
  const server = makeServer({ simulator, api, control, idle });
  try {
    simulator.url = await listen(server, options.port);
  } catch (error) {
    await simulator.close();
    throw error;
  }
  simulator.recover();
  let closing: Promise<void> | undefined;
  const close = async () => {
    await shut(server);
    await simulator.close();
  };
  return {
    url: simulator.url,
    publishableKey,
    secretKey,
    control,
    idle,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
