import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { ask } from '../demo/http.ts';
import { portsFromEnvironment } from '../ports.ts';
import { type Request, requestOf } from './arguments.ts';
import {
  type DeadLetters,
  deadLetterQueues,
  discard,
  discardAll,
  look,
  replay,
  replayAll,
} from './queues.ts';

const addressesSchema = z.looseObject({ sqs: z.string(), region: z.string() });
const print = (line: string): void => console.log(line);

/** The stage's account, or the running local cloud. */
async function connect(stage: string | undefined): Promise<SQSClient> {
  if (stage !== undefined) return new SQSClient({});
  // A shell's AWS_ENDPOINT_URL must not turn the local cloud into another one.
  const control =
    process.env['KASSA_CONTROL'] ?? `http://127.0.0.1:${portsFromEnvironment(process.env).control}`;
  const { sqs, region } = await ask(`${control}/addresses`, addressesSchema).catch(() => {
    throw new Error(
      `no local cloud answers at ${control}: start it with npm start (KASSA_CONTROL names another address), or name a stage with --stage`,
    );
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint: sqs, region, credentials });
}

function find(queues: readonly DeadLetters[], request: Request): DeadLetters {
  const named = queues.filter(({ name }) =>
    request.stage === undefined
      ? name === request.queue || name.endsWith(`-${request.queue}`)
      : name === request.queue || name === `kassa-${request.stage}-${request.queue}`,
  );
  const [queue, another] = named;
  if (queue !== undefined && another === undefined) return queue;
  const known = queues.map(({ name }) => name).join(', ');
  throw new Error(
    `${queue === undefined ? 'no' : 'more than one'} dead-letter queue ${request.queue}; there are ${known}`,
  );
}

function table(queues: readonly DeadLetters[]): void {
  const width = Math.max(...queues.map(({ name }) => name.length));
  for (const { name, visible, inFlight, sources } of queues) {
    const from = sources.map((url) => url.slice(url.lastIndexOf('/') + 1)).join(', ');
    print(
      `${name.padEnd(width)}  ${String(visible).padStart(6)} waiting  ${String(inFlight).padStart(4)} in flight  ${from === '' ? 'from a service: goes back if it was meant for a queue' : `from ${from}`}`,
    );
  }
}

async function run(request: Request): Promise<boolean> {
  const sqs = await connect(request.stage);
  try {
    const prefix = request.stage === undefined ? '' : `kassa-${request.stage}-`;
    const queues = await deadLetterQueues(sqs, prefix);
    if (request.command === 'list') {
      table(queues);
      return true;
    }
    const queue = find(queues, request);
    if (request.command === 'look') {
      const letters = await look(sqs, queue, request.limit);
      for (const { id, sentAt, body, attributes } of letters) {
        print(`${id}  sent ${sentAt.toISOString()}`);
        for (const [name, value] of Object.entries(attributes)) print(`  ${name}: ${value}`);
        print(`  ${body}\n`);
      }
      print(`${letters.length} of about ${queue.visible} in ${queue.name}`);
      return true;
    }
    if (request.all) {
      await (request.command === 'replay' ? replayAll : discardAll)(sqs, queue);
      print(
        `${queue.name}: about ${queue.visible} messages ${request.command === 'replay' ? 'go back' : 'discarded'}`,
      );
      return true;
    }
    const handle = request.command === 'replay' ? replay : discard;
    const done = await handle(sqs, queue, request.messages);
    for (const id of request.messages) {
      print(`${id}: ${done.includes(id) ? `${request.command} done` : 'not found'}`);
    }
    return done.length === request.messages.length;
  } finally {
    sqs.destroy();
  }
}

try {
  process.exitCode = (await run(requestOf(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
