import type { Graph } from './assembly/graph.ts';
import type { Context } from './context.ts';
import { startOnce } from './deploy/engine.ts';
import { defaultPolicy } from './deploy/functions.ts';
import { serviceCalls } from './deploy/integrations.ts';
import { readUserPool } from './deploy/issuer.ts';
import { listen, shut } from './http.ts';
import { Asynchronous, type EventPolicy } from './lambda/asynchronous.ts';
import { Functions } from './lambda/functions.ts';
import { lambdaServer } from './lambda/server.ts';
import { type Answer, functionName } from './lambda/spec.ts';
import { createDeliveries, type Deliveries } from './services/deliveries.ts';
import { type EventBridge, startEventBridge } from './services/eventbridge.ts';
import { type Issuer, startIssuer } from './services/issuer.ts';
import { startSecretsManager } from './services/secrets-manager.ts';
import { type Sqs, startSqs } from './services/sqs.ts';
import { openStore, type Store } from './services/store.ts';
import { idlePart } from './settle.ts';
import { createEngine, type Engine, serve, servicesOver } from './sfn/index.ts';

/** The services of one region and account, up and empty: nothing of the assembly is in them yet. */
export interface Platform {
  readonly region: string;
  readonly store: Store;
  readonly issuer: Issuer;
  readonly sqs: Sqs;
  readonly functions: Functions;
  readonly engine: Engine;
  readonly asynchronous: Asynchronous;
  readonly deliveries: Deliveries;
  readonly eventbridge: EventBridge;
  readonly sfnUrl: string;
  readonly lambdaUrl: string;
  readonly secretsUrl: string;
  /** Where state machines find services, by their name in a task's resource. */
  readonly endpoints: Map<string, string>;
  /** By function name. */
  readonly eventPolicies: Map<string, EventPolicy>;
  /** Waits for `release`: nothing runs by itself before the deployment is through. */
  invoke(nameOrArn: string, payload: unknown): Promise<Answer>;
  release(): void;
}

/** Services that tasks of state machines reach over the wire. */
const reachable = new Set(['sqs', 'events', 'eventbridge', 'secretsmanager', 'dynamodb']);

/** @param secrets values by id, read at every call */
export async function startPlatform(
  context: Context,
  graph: Graph,
  place: { readonly region: string; readonly account: string },
  secrets: ReadonlyMap<string, string>,
): Promise<Platform> {
  const { clock, state, parts, report, defer } = context;
  const { region, account } = place;
  const issuer = await context.open('issuer', (port) =>
    startIssuer({ dir: state.directory, clock, port, ...readUserPool(graph) }),
  );
  defer(() => issuer.close());

  const store = openStore(state.path('services.db'));
  defer(() => store.close());
  const sqs = await context.open('sqs', (port) =>
    startSqs({ store, clock, region, account, port }),
  );
  defer(() => sqs.close());

  const functions = new Functions({ clock: context.sharedClock, stateDir: state.directory });
  // Closed after whatever waits for its answers: a worker's end must not look like a task's failure.
  defer(() => functions.close());
  parts.push({ name: 'functions', busy: () => functions.pending > 0 });
  const gate = Promise.withResolvers<void>();
  const invoke = async (nameOrArn: string, payload: unknown): Promise<Answer> => {
    await gate.promise;
    return functions.invoke(nameOrArn, payload);
  };
  const functionArn = (name: string): string => functions.spec(name).arn;

  const endpoints = new Map<string, string>([['sqs', sqs.url]]);
  const engine = createEngine({
    clock,
    store: { kind: 'file', path: state.path('executions.db') },
    region,
    accountId: account,
    integrations: {
      invokeLambda: invoke,
      call: serviceCalls({ sqs, eventbridge: () => eventbridge }),
      connect: servicesOver((service) =>
        reachable.has(service) ? gate.promise.then(() => endpoints.get(service) ?? '') : undefined,
      ),
    },
  });
  defer(() => engine.close());
  parts.push(idlePart('state machines', () => engine.idle()));

  const eventPolicies = new Map<string, EventPolicy>();
  const asynchronous = new Asynchronous({
    file: state.path('invocations.db'),
    clock,
    invoke,
    deliver: (target, payload) =>
      deliveries.send({ target, payload, retries: 2, maximumAgeSeconds: 3600, origin: {} }),
    policyOf: (target) => eventPolicies.get(functionName(target)) ?? defaultPolicy,
  });
  defer(() => asynchronous.close());
  parts.push({ name: 'asynchronous invocations', busy: () => asynchronous.pending > 0 });

  const deliveries = createDeliveries({
    store,
    clock,
    sqs,
    calls: {
      invokeAsync: (arn, payload) => asynchronous.enqueue(functionArn(arn), payload),
      startExecution: (execution) => startOnce(engine, execution),
      putEvent: (bus, event) => eventbridge.putEvent(bus, event),
    },
    onDropped: (delivery, error) => report(`dropped: ${delivery.target}: ${error.message}`),
  });
  defer(() => deliveries.close());
  parts.push({ name: 'deliveries', busy: () => deliveries.active > 0 });
  const eventbridge = await context.open('events', (port) =>
    startEventBridge({ store, clock, deliveries, region, account, port }),
  );
  defer(() => eventbridge.close());

  const lambda = lambdaServer({
    invoke: (name, payload) => functions.invoke(name, payload),
    enqueue: (name, payload) => asynchronous.enqueue(functionArn(name), payload),
  });
  const lambdaUrl = await context.open('lambda', (port) => listen(lambda, port));
  defer(() => shut(lambda));
  const sfn = await context.open('sfn', (port) => serve(engine, { port }));
  defer(() => sfn.close());
  const secretsManager = await context.open('secrets', (port) =>
    startSecretsManager(secrets, { port }),
  );
  defer(() => secretsManager.close());

  endpoints.set('events', eventbridge.url);
  endpoints.set('eventbridge', eventbridge.url);
  endpoints.set('secretsmanager', secretsManager.url);

  return {
    ...{ region, store, issuer, sqs, functions, engine, asynchronous, deliveries, eventbridge },
    ...{ lambdaUrl, endpoints, eventPolicies, invoke },
    sfnUrl: sfn.url,
    secretsUrl: secretsManager.url,
    release: () => gate.resolve(),
  };
}
