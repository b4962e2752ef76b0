import type { Graph } from './assembly/graph.ts';
import type { Context } from './context.ts';
import { type DeployedApi, deployApis } from './deploy/api.ts';
import { keepCode } from './deploy/code.ts';
import { prepareDatabase, readClusters } from './deploy/database.ts';
import { deployMachines } from './deploy/engine.ts';
import { deployBuses, startMotors } from './deploy/events.ts';
import { readEventPolicies, readFunctions } from './deploy/functions.ts';
import { readMachines } from './deploy/machines.ts';
import { deployQueues, deployTables } from './deploy/stores.ts';
import { type LocalStripe, startStripe, webhookOf } from './deploy/stripe.ts';
import { readTriggers } from './deploy/triggers.ts';
import { listen, shut } from './http.ts';
import { functionName } from './lambda/spec.ts';
import type { Platform } from './platform.ts';
import type { DynamoDb } from './services/dynamodb.ts';
import { createEventSourceMappings } from './services/event-source-mapping.ts';
import { freePort } from './services/ports.ts';
import type { Postgres } from './services/postgres.ts';
import { createScheduler } from './services/scheduler.ts';

export interface Deployed {
  readonly apiUrl: string;
  readonly databaseUrl: string;
  readonly stripe: LocalStripe;
  readonly routes: readonly string[];
  readonly functionNames: readonly string[];
}

interface Around {
  readonly postgres: Postgres;
  readonly dynamodb: DynamoDb;
  /** Where SDK calls for services go that the laptop has not. */
  readonly elsewhereUrl: string;
  stripeStarted(secretKey: string): void;
}

/**
 * Brings the assembly into the platform, in the order of a deployment: stores, code, triggers, then what listens,
 * and at last what runs by itself.
 * @throws Unsupported, or Error when a trigger's function fails
 */
export async function deployAssembly(
  context: Context,
  graph: Graph,
  platform: Platform,
  around: Around,
): Promise<Deployed> {
  const { clock, report, parts } = context;
  const { functions, invoke } = platform;
  const { postgres, dynamodb } = around;
  const stripeSecretKey = process.env['STRIPE_SECRET_KEY'];
  // Functions are told the address before the simulator listens: it starts last, when its webhooks find the API.
  const stripePort = context.port('stripe') === 0 ? await freePort() : context.port('stripe');

  deployQueues(graph, platform.sqs);
  deployBuses(graph, platform.eventbridge);
  platform.endpoints.set('dynamodb', dynamodb.url);
  deployMachines(platform.engine, readMachines(graph));
  await deployTables(graph, dynamodb);
  const clusters = readClusters(graph);
  await prepareDatabase(postgres.url, clusters);

  const addresses = {
    region: platform.region,
    sfnUrl: platform.sfnUrl,
    eventsUrl: platform.eventbridge.url,
    lambdaUrl: platform.lambdaUrl,
    sqsUrl: platform.sqs.url,
    dynamodbUrl: dynamodb.url,
    secretsUrl: platform.secretsUrl,
    elsewhereUrl: around.elsewhereUrl,
    postgresPort: postgres.port,
    stripeUrl: stripeSecretKey === undefined ? `http://127.0.0.1:${stripePort}` : undefined,
  };
  const code = keepCode(context.state.directory);
  const deployed = readFunctions(graph, addresses, code.keep);
  code.forgetOthers();
  for (const { spec } of deployed) functions.define(spec);
  for (const [name, policy] of readEventPolicies(graph, deployed)) {
    platform.eventPolicies.set(name, policy);
  }
  const apis = deployApis(graph, { clock, invoke, report });
  await runTriggers(context, graph, platform);

  const apiUrl = await openApis(context, apis);
  const stripe = await context.open('stripe', () =>
    startStripe({
      clock,
      port: stripePort,
      path: (file) => context.state.path(file),
      secretKey: stripeSecretKey,
      publishableKey: process.env['STRIPE_PUBLISHABLE_KEY'],
      webhook: webhookOf(apis, apiUrl, graph.outputs()),
      report,
    }),
  );
  context.defer(() => stripe.close());
  parts.push({ name: 'Stripe', busy: () => !stripe.idle() });
  around.stripeStarted(stripe.secretKey);
  start(context, graph, platform, dynamodb);
  return {
    apiUrl,
    stripe,
    databaseUrl: postgres.urlOf(clusters[0]?.database ?? postgres.database),
    routes: apis.flatMap((api) => api.routes),
    functionNames: deployed.map(({ spec }) => spec.name),
  };
}

async function runTriggers(context: Context, graph: Graph, platform: Platform): Promise<void> {
  for (const trigger of readTriggers(graph)) {
    context.report(`deploying: ${functionName(trigger.functionArn)}`);
    const answer = await platform.functions.invoke(trigger.functionArn, {});
    if (trigger.waits && answer.functionError !== undefined) {
      throw new Error(`${trigger.where} failed: ${JSON.stringify(answer.payload)}`);
    }
  }
}

/** @returns the first API's address; a second one has no port of its own in the table and takes a free one */
async function openApis(context: Context, apis: readonly DeployedApi[]): Promise<string> {
  const urls: string[] = [];
  for (const api of apis) {
    context.parts.push({ name: `API ${api.name}`, busy: () => api.pending > 0 });
    const main = urls.length === 0;
    urls.push(await context.open('api', (port) => listen(api.server, main ? port : 0)));
    context.defer(() => shut(api.server));
  }
  return urls[0] ?? '';
}

/** Milliseconds: whoever waits for rest waits for what a queue's delay holds back for no longer than this. */
const moment = 2000;

/** From here on things run by themselves. */
function start(context: Context, graph: Graph, platform: Platform, dynamodb: DynamoDb): void {
  const { clock, parts, report } = context;
  const { store, sqs, invoke, region, deliveries } = platform;
  const mappings = createEventSourceMappings({
    store,
    clock,
    sqs,
    dynamodb,
    invoke,
    region,
    report,
  });
  context.defer(() => mappings.close());
  parts.push({ name: 'event source mappings', busy: () => mappings.busy() });
  parts.push({
    name: 'messages held back for a moment',
    passing: true,
    busy: () => clock.runs && [...sqs.all()].some((queue) => queue.showsWithin(moment)),
  });
  parts.push({ name: 'DynamoDB', busy: () => !dynamodb.idle() });
  const scheduler = createScheduler({ store, clock, deliveries });
  context.defer(() => scheduler.close());
  platform.release();
  platform.asynchronous.resume();
  deliveries.resume();
  startMotors(graph, mappings, scheduler);
}
