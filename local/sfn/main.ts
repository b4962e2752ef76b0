// The engine by itself.
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { VirtualClock } from '../clock.ts';
import { createEngine } from './engine.ts';
import { servicesOver } from './integrations/aws-json.ts';
import { lambdaOver } from './integrations/lambda-http.ts';
import { serve } from './protocol/server.ts';

const usage = `node main.ts [--port N] [--lambda-endpoint URL] [--endpoint SERVICE=URL ...]
  [--state FILE [--keep-finished DAYS]] [--region REGION] [--account-id ID]`;

const given = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  'lambda-endpoint': z.url().optional(),
  endpoint: z.array(
    z
      .string()
      .transform((one) => one.split(/=(.*)/s))
      .pipe(z.tuple([z.string().min(1), z.url(), z.string()])),
  ),
  state: z.string().min(1).optional(),
  'keep-finished': z.coerce.number().positive(),
  region: z.string().min(1).optional(),
  'account-id': z
    .string()
    .regex(/^\d{12}$/)
    .optional(),
});

function parsed(): z.infer<typeof given> {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '8083' },
        'lambda-endpoint': { type: 'string' },
        endpoint: { type: 'string', multiple: true, default: [] },
        state: { type: 'string' },
        'keep-finished': { type: 'string', default: '90' },
        region: { type: 'string' },
        'account-id': { type: 'string' },
      },
    });
    return given.parse(values);
  } catch (error) {
    fail(error instanceof z.ZodError ? z.prettifyError(error) : String(error), usage);
  }
}

function fail(...why: string[]): never {
  for (const line of why) console.error(line);
  process.exit(1);
}

const values = parsed();
const lambda = values['lambda-endpoint'];
const endpoints = new Map(values.endpoint.map(([service, url]) => [service, url]));
/** An endpoint serves both names its service has in a resource's ARN. */
const twins: Readonly<Record<string, string>> = { events: 'eventbridge', eventbridge: 'events' };
const endpointOf = (service: string) =>
  endpoints.get(service) ?? endpoints.get(twins[service] ?? '');
const engine = createEngine({
  clock: new VirtualClock(),
  store:
    values.state === undefined
      ? { kind: 'memory', keep: 10_000 }
      : { kind: 'file', path: values.state },
  keepFinished: values['keep-finished'] * 24 * 3600 * 1000,
  integrations: {
    connect: servicesOver(endpointOf),
    ...(lambda === undefined ? {} : { invokeLambda: lambdaOver(lambda) }),
  },
  ...(values.region === undefined ? {} : { region: values.region }),
  ...(values['account-id'] === undefined ? {} : { accountId: values['account-id'] }),
});
const served = await serve(engine, { port: values.port }).catch((error: unknown) =>
  fail(`port ${values.port} cannot be listened on: ${String(error)}`),
);
console.log(`Step Functions at ${served.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void served.close().then(() => engine.close());
  });
