import { buildGraph } from './assembly/graph.ts';
import { loadAssembly } from './assembly/load.ts';
import type { Places } from './assembly/physical.ts';
import type { VirtualClock } from './clock.ts';
import { makeContext } from './context.ts';
import { controlServer } from './control.ts';
import { startData } from './data.ts';
import { deployCache } from './deploy/cache.ts';
import { readSecrets, secretReference } from './deploy/secrets.ts';
import { stripeSigningSecret } from './deploy/stripe.ts';
import { deployAssembly } from './deploy.ts';
import { listen, shut } from './http.ts';
import type { Functions } from './lambda/functions.ts';
import { secretsByKey } from './overrides.ts';
import { startPlatform } from './platform.ts';
import { freePorts, type Ports } from './ports.ts';
import type { TokenRequest } from './services/issuer.ts';
import { busyParts, settle } from './settle.ts';

export interface CloudOptions {
  /** The synthesized assembly, or a promise of it: what does not need it starts meanwhile. */
  readonly assemblyDir: string | Promise<string>;
  readonly stateDir: string;
  /** A stage's name, when the assembly holds several. */
  readonly stage?: string;
  /** Time stands at this epoch ms until it is advanced; without it the clock runs. */
  readonly stoppedAt?: number;
  readonly ports?: Ports;
  /** Told what happens, a line each. */
  readonly report?: (line: string) => void;
}

export interface Cloud {
  /** Base URL of the (first) REST API, without a slash at the end. */
  readonly apiUrl: string;
  /** The simulator's; undefined with the real Stripe. */
  readonly stripeUrl: string | undefined;
  readonly stripePublishableKey: string;
  readonly sfnUrl: string;
  readonly lambdaUrl: string;
  readonly controlUrl: string;
  /** The cache's, `redis://host:port`; undefined where the assembly has none. */
  readonly cacheUrl: string | undefined;
  /** Connection string of the cluster's database. */
  readonly databaseUrl: string;
  readonly clock: VirtualClock;
  readonly region: string;
  readonly functionNames: readonly string[];
  /** Every API's routes, `GET /orders/{id}`. */
  readonly routes: readonly string[];
  /** Stack outputs, by `Stack.Output`. */
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly issuerUrl: string;
  /** An access token of the local issuer. */
  issueToken(request: TokenRequest): string;
  /** Moves the clock, stopping at every timer on the way and letting its work finish. */
  advance(ms: number): Promise<void>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  invoke(nameOrArn: string, payload: unknown): ReturnType<Functions['invoke']>;
  close(): Promise<void>;
}

/**
 * Runs an assembly on this machine. It resolves when deploy-time triggers have succeeded and the API is open.
 * @throws Unsupported for what the assembly holds and this does not know
 * @throws Error when a port is taken, another process runs on the state folder, or a trigger fails
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  await using started = new AsyncDisposableStack();
  const context = makeContext(started, {
    stateDir: options.stateDir,
    stoppedAt: options.stoppedAt,
    ports: options.ports ?? freePorts,
    report: options.report ?? (() => undefined),
  });
  const { clock, parts, report, defer } = context;
  const data = startData(context);
  const assemblyDir = await options.assemblyDir;
  const [postgres, dynamodb] = await data;
  report('PostgreSQL and DynamoDB up');

  // Filled in as the services come up; what depends on them is resolved after that.
  const places: { -readonly [K in keyof Places]: Places[K] } = {
    postgres: { host: postgres.host, port: postgres.port },
    redis: { host: '', port: 0 },
    sqsUrl: '',
    issuer: () => '',
    secret: (reference) => secretReference(secrets, reference),
  };
  const graph = buildGraph(loadAssembly(assemblyDir, options.stage), places);
  const [first] = graph.assembly.stacks;
  if (first === undefined) throw new Error(`${assemblyDir} holds no stack`);
  report(
    `assembly loaded: ${graph.assembly.stacks.length} stacks, ${graph.resources.length} resources`,
  );
  // It takes as long as the platform, and nobody asks for it before that stands.
  const cache = deployCache(context, graph);
  cache.catch(() => undefined);
  const secretsWith = (stripeKey: string | undefined): ReadonlyMap<string, string> =>
    readSecrets(graph, secretsByKey({ stripeSecretKey: stripeKey, stripeSigningSecret }));
  const secrets = new Map(secretsWith(undefined));

  const platform = await startPlatform(context, graph, first, secrets);
  const { engine, functions, issuer } = platform;
  places.sqsUrl = platform.sqs.url;
  const redis = await cache;
  places.redis = redis ?? places.redis;
  const cacheUrl = redis && `redis://${redis.host}:${redis.port}`;
  places.issuer = issuer.issuerOf;

  const settled = (): Promise<void> => settle(parts);
  const atWork = (): Promise<void> => settle(parts.filter(({ passing }) => passing !== true));
  let advancing: Promise<void> = Promise.resolve();
  const advance = (ms: number): Promise<void> => {
    // One journey at a time; a second one starts where the first ended.
    const next = advancing.then(() => clock.advance(ms, atWork));
    advancing = next.catch(() => undefined);
    return next;
  };
  let addresses: Readonly<Record<string, unknown>> = {};
  const control = controlServer({
    now: () => clock.now(),
    offset: () => clock.offset,
    advance,
    token: (sub, group) => issuer.issue({ sub, groups: [group] }),
    addresses: () => addresses,
    status: async () => ({
      machines: engine.listStateMachines().length,
      invocations: functions.pending,
      workers: functions.workerCount,
      timers: clock.pending,
      busy: await busyParts(parts),
      counts: { ...functions.counts, transitions: engine.transitions },
    }),
  });
  const controlUrl = await context.open('control', (port) => listen(control, port));
  defer(() => shut(control));

  const shop = await deployAssembly(context, graph, platform, {
    postgres,
    dynamodb,
    elsewhereUrl: controlUrl,
    stripeStarted: (key) => {
      for (const [id, value] of secretsWith(key)) secrets.set(id, value);
    },
  });
  const { apiUrl, databaseUrl, stripe } = shop;
  addresses = {
    api: apiUrl,
    stripe: stripe.simulatorUrl ?? 'https://api.stripe.com',
    issuer: issuer.url,
    control: controlUrl,
    database: databaseUrl,
    cache: cacheUrl,
    sfn: platform.sfnUrl,
    sqs: platform.sqs.url,
    region: platform.region,
    simulator: stripe.simulatorUrl !== undefined,
    stripeKeys: {
      publishable: stripe.publishableKey,
      // A real key stays where it came from.
      secret: stripe.simulatorUrl === undefined ? '' : stripe.secretKey,
    },
  };

  const running = started.move();
  let closing: Promise<void> | undefined;
  return {
    ...{ apiUrl, controlUrl, cacheUrl, databaseUrl, clock, advance, settled },
    stripeUrl: stripe.simulatorUrl,
    stripePublishableKey: stripe.publishableKey,
    sfnUrl: platform.sfnUrl,
    lambdaUrl: platform.lambdaUrl,
    region: platform.region,
    issuerUrl: issuer.url,
    issueToken: issuer.issue,
    functionNames: shop.functionNames,
    routes: shop.routes,
    outputs: graph.outputs(),
    invoke: platform.invoke,
    close() {
      closing ??= running.disposeAsync();
      return closing;
    },
  };
}
