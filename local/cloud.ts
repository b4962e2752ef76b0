import { buildGraph } from './assembly/graph.ts';
import { loadAssembly } from './assembly/load.ts';
import type { Places } from './assembly/physical.ts';
import { VirtualClock } from './clock.ts';
import { controlServer } from './control.ts';
import { type DeployedApi, deployApis } from './deploy/api.ts';
import { keepCode } from './deploy/code.ts';
import { prepareDatabase, readClusters } from './deploy/database.ts';
import { deployMachines, startOnce } from './deploy/engine.ts';
import { deployBuses, startMotors } from './deploy/events.ts';
import { defaultPolicy, readEventPolicies, readFunctions } from './deploy/functions.ts';
import { serviceCalls } from './deploy/integrations.ts';
import { readUserPool } from './deploy/issuer.ts';
import { readMachines } from './deploy/machines.ts';
import { readSecrets, secretReference } from './deploy/secrets.ts';
import { deployQueues, deployTables } from './deploy/stores.ts';
import { startStripe, stripeSigningSecret, webhookOf } from './deploy/stripe.ts';
import { readTriggers } from './deploy/triggers.ts';
import { listen, shut } from './http.ts';
import { Asynchronous } from './lambda/asynchronous.ts';
import { Functions } from './lambda/functions.ts';
import { lambdaServer } from './lambda/server.ts';
import { functionName } from './lambda/spec.ts';
import { type LocalAddresses, secretsByKey } from './overrides.ts';
import { freePorts, type PortName, type Ports, portTaken } from './ports.ts';
import { createDeliveries } from './services/deliveries.ts';
import { startDynamoDb } from './services/dynamodb.ts';
import { createEventSourceMappings } from './services/event-source-mapping.ts';
import { startEventBridge } from './services/eventbridge.ts';
import { startIssuer, type TokenRequest } from './services/issuer.ts';
import { freePort } from './services/ports.ts';
import { startPostgres } from './services/postgres.ts';
import { createScheduler } from './services/scheduler.ts';
import { startSecretsManager } from './services/secrets-manager.ts';
import { startSqs } from './services/sqs.ts';
import { openStore } from './services/store.ts';
import { busyParts, idlePart, type Part, settle } from './settle.ts';
import { createEngine, serve } from './sfn/index.ts';
import { openState } from './state.ts';

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
  readonly quiet?: boolean;
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
  const ports = options.ports ?? freePorts;
  const report = options.report ?? (() => undefined);
  const state = openState(options.stateDir);
  started.defer(() => state.release());

  const stands = options.stoppedAt ?? Number.NaN;
  const shared = new SharedArrayBuffer(16);
  const sharedClock = new Float64Array(shared);
  sharedClock[1] = stands;
  sharedClock[0] = state.clockOffset();
  const clock = new VirtualClock({
    ...(options.stoppedAt === undefined ? {} : { stoppedAt: options.stoppedAt }),
    offset: state.clockOffset(),
    onMove: (offset) => {
      sharedClock[0] = offset;
      state.saveClockOffset(offset);
    },
  });
  started.defer(() => clock.close());

  const parts: Part[] = [];
  const open = async <T>(name: PortName, listening: (port: number) => Promise<T>): Promise<T> => {
    try {
      return await listening(ports[name]);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
        throw portTaken(name, ports[name]);
      }
      throw error;
    }
  };

  // What needs no assembly starts while it is being made.
  const database = startPostgres({ dir: state.directory, port: ports.postgres });
  database.catch(() => undefined);
  started.defer(() =>
    database.then(
      (one) => one.close(),
      () => undefined,
    ),
  );
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  const tables = startDynamoDb({
    dir: state.directory,
    clock,
    port: ports.dynamodb,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  started.defer(() =>
    tables.then(
      (one) => one.close(),
      () => undefined,
    ),
  );
  const [assemblyDir, postgres, dynamodb] = await Promise.all([
    options.assemblyDir,
    database,
    tables,
  ]);
  report('PostgreSQL and DynamoDB up');

  const places: { -readonly [K in keyof Places]: Places[K] } = {
    postgres: { host: postgres.host, port: postgres.port },
    sqsUrl: '',
    issuer: () => 'http://127.0.0.1:1',
    secret: (reference) => secretReference(secretValues, reference),
  };
  const graph = buildGraph(loadAssembly(assemblyDir, options.stage), places);
  const first = graph.assembly.stacks[0];
  if (first === undefined) throw new Error(`${assemblyDir} holds no stack`);
  const { region, account } = first;
  report(
    `assembly loaded: ${graph.assembly.stacks.length} stacks, ${graph.resources.length} resources`,
  );

  const stripeSecretKey = process.env['STRIPE_SECRET_KEY'];
  const secretsWith = (stripeKey: string | undefined): ReadonlyMap<string, string> =>
    readSecrets(graph, secretsByKey({ stripeSecretKey: stripeKey, stripeSigningSecret }));
  const secretValues = new Map(secretsWith(stripeSecretKey));
  const issuer = await open('issuer', (port) =>
    startIssuer({ dir: state.directory, clock, port, ...readUserPool(graph) }),
  );
  started.defer(() => issuer.close());
  places.issuer = issuer.issuerOf;

  const store = openStore(state.path('services.db'));
  started.defer(() => store.close());
  const sqs = await open('sqs', (port) => startSqs({ store, clock, region, account, port }));
  started.defer(() => sqs.close());
  places.sqsUrl = sqs.url;

  const functions = new Functions({ clock: shared, stateDir: state.directory });
  // Closed after whatever waits for its answers: a worker's end must not look like a task's failure.
  started.defer(() => functions.close());
  parts.push({ name: 'functions', busy: () => functions.pending > 0 });
  // Nothing runs by itself before the deployment is through; triggers invoke past this gate.
  const deployed = Promise.withResolvers<void>();
  const invoke = async (nameOrArn: string, payload: unknown) => {
    await deployed.promise;
    return functions.invoke(nameOrArn, payload);
  };

  const machines = readMachines(graph);
  const engine = createEngine({
    clock,
    store: { kind: 'file', path: state.path('executions.db') },
    region,
    accountId: account,
    integrations: {
      invokeLambda: invoke,
      call: serviceCalls({ sqs, eventbridge: () => eventbridge }),
    },
  });
  started.defer(() => engine.close());
  deployMachines(engine, machines);
  parts.push(idlePart('state machines', () => engine.idle()));

  const policies = { of: (_: string) => defaultPolicy };
  const asynchronous = new Asynchronous({
    file: state.path('invocations.db'),
    clock,
    invoke,
    deliver: (target, payload) =>
      deliveries.send({ target, payload, retries: 2, maximumAgeSeconds: 3600, origin: {} }),
    policyOf: (target) => policies.of(functionName(target)),
  });
  started.defer(() => asynchronous.close());
  parts.push({ name: 'asynchronous invocations', busy: () => asynchronous.pending > 0 });

  const deliveries = createDeliveries({
    store,
    clock,
    sqs,
    calls: {
      invokeAsync: (arn, payload) => asynchronous.enqueue(functions.spec(arn).arn, payload),
      startExecution: (execution) => startOnce(engine, execution),
      putEvent: (bus, event) => eventbridge.putEvent(bus, event),
    },
    onDropped: (delivery, error) => report(`dropped: ${delivery.target}: ${error.message}`),
  });
  started.defer(() => deliveries.close());
  parts.push({ name: 'deliveries', busy: () => deliveries.active > 0 });
  const eventbridge = await open('events', (port) =>
    startEventBridge({ store, clock, deliveries, region, account, port }),
  );
  started.defer(() => eventbridge.close());

  const lambda = lambdaServer({
    invoke: (name, payload) => functions.invoke(name, payload),
    enqueue: (name, payload) => asynchronous.enqueue(functions.spec(name).arn, payload),
  });
  const lambdaUrl = await open('lambda', (port) => listen(lambda, port));
  started.defer(() => shut(lambda));

  const sfn = await open('sfn', (port) => serve(engine, { port }));
  started.defer(() => sfn.close());

  const secrets = await open('secrets', (port) => startSecretsManager(secretValues, { port }));
  started.defer(() => secrets.close());

  const settled = (): Promise<void> => settle(parts);
  let advancing: Promise<void> = Promise.resolve();
  const advance = (ms: number): Promise<void> => {
    // One journey at a time; a second one starts where the first ended.
    const next = advancing.then(() => clock.advance(ms, settled));
    advancing = next.catch(() => undefined);
    return next;
  };
  const control = controlServer({
    now: () => clock.now(),
    offset: () => clock.offset,
    advance,
    addresses: () => addressBook,
    token: (sub, group) => issuer.issue({ sub, groups: [group] }),
    status: async () => ({
      invocations: functions.pending,
      workers: functions.workerCount,
      timers: clock.pending,
      busy: await busyParts(parts),
    }),
  });
  let addressBook: Readonly<Record<string, unknown>> = {};
  const controlUrl = await open('control', (port) => listen(control, port));
  started.defer(() => shut(control));

  const simulated = stripeSecretKey === undefined;
  const stripePort = ports.stripe === 0 ? await freePort() : ports.stripe;
  const addresses: LocalAddresses = {
    region,
    sfnUrl: sfn.url,
    lambdaUrl,
    postgresPort: postgres.port,
    eventsUrl: eventbridge.url,
    sqsUrl: sqs.url,
    dynamodbUrl: dynamodb.url,
    secretsUrl: secrets.url,
    elsewhereUrl: controlUrl,
    stripeUrl: simulated ? `http://127.0.0.1:${stripePort}` : undefined,
  };
  deployQueues(graph, sqs);
  deployBuses(graph, eventbridge);
  await deployTables(graph, dynamodb);
  const deployedFunctions = readFunctions(graph, addresses, keepCode(state.directory));
  for (const { spec } of deployedFunctions) functions.define(spec);
  const eventPolicies = readEventPolicies(graph, deployedFunctions);
  policies.of = (name) => eventPolicies.get(name) ?? defaultPolicy;
  const clusters = readClusters(graph);
  await prepareDatabase(postgres.url, clusters);

  const apis: readonly DeployedApi[] = deployApis(graph, { clock, invoke, report });
  for (const api of apis) parts.push({ name: `API ${api.name}`, busy: () => api.pending > 0 });
  for (const trigger of readTriggers(graph)) {
    report(`deploying: ${functionName(trigger.functionArn)}`);
    const answer = await functions.invoke(trigger.functionArn, {});
    if (trigger.waits && answer.functionError !== undefined) {
      throw new Error(`${trigger.where} failed: ${JSON.stringify(answer.payload)}`);
    }
  }
  const apiUrls: string[] = [];
  for (const api of apis) {
    // A second API has no port of its own in the table: it takes a free one.
    const main = apiUrls.length === 0;
    apiUrls.push(await open('api', (port) => listen(api.server, main ? port : 0)));
    started.defer(() => shut(api.server));
  }
  const apiUrl = apiUrls[0] ?? '';
  const stripe = await open('stripe', () =>
    startStripe({
      clock,
      port: stripePort,
      path: (file) => state.path(file),
      secretKey: stripeSecretKey,
      publishableKey: process.env['STRIPE_PUBLISHABLE_KEY'],
      webhook: webhookOf(apis, apiUrl),
      report,
    }),
  );
  started.defer(() => stripe.close());
  parts.push({ name: 'Stripe', busy: () => !stripe.idle() });
  for (const [id, value] of secretsWith(stripe.secretKey)) secretValues.set(id, value);

  const mappings = createEventSourceMappings({
    store,
    clock,
    sqs,
    dynamodb,
    invoke,
    region,
    report,
  });
  started.defer(() => mappings.close());
  parts.push({ name: 'event source mappings', busy: () => mappings.busy() });
  parts.push({ name: 'DynamoDB', busy: () => !dynamodb.idle() });
  const scheduler = createScheduler({ store, clock, deliveries });
  started.defer(() => scheduler.close());
  deployed.resolve();
  asynchronous.resume();
  deliveries.resume();
  startMotors(graph, mappings, scheduler);

  const databaseUrl = postgres.urlOf(clusters[0]?.database ?? postgres.database);
  addressBook = {
    api: apiUrl,
    stripe: stripe.simulatorUrl ?? 'https://api.stripe.com',
    issuer: issuer.url,
    control: controlUrl,
    database: databaseUrl,
    sfn: sfn.url,
    simulator: simulated,
    stripeKeys: {
      publishable: stripe.publishableKey,
      // A real key stays where it came from.
      secret: simulated ? stripe.secretKey : '',
    },
  };
  const running = started.move();
  let closing: Promise<void> | undefined;
  return {
    apiUrl,
    stripeUrl: stripe.simulatorUrl,
    stripePublishableKey: stripe.publishableKey,
    sfnUrl: sfn.url,
    lambdaUrl,
    controlUrl,
    databaseUrl,
    clock,
    region,
    issuerUrl: issuer.url,
    issueToken: issuer.issue,
    functionNames: deployedFunctions.map(({ spec }) => spec.name),
    routes: apis.flatMap((api) => api.routes),
    outputs: graph.outputs(),
    advance,
    settled,
    invoke,
    close() {
      closing ??= running.disposeAsync();
      return closing;
    },
  };
}
