// The engine by itself.
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { VirtualClock } from '../clock.ts';
import { endpointOf, howToReach } from './endpoints.ts';
import { createEngine } from './engine.ts';
import { servicesOver, speaks } from './integrations/aws-json.ts';
import type { Call } from './integrations/integrations.ts';
import { lambdaOver } from './integrations/lambda-http.ts';
import { serve } from './protocol/server.ts';

const usage = `node main.ts [--port N] [--lambda-endpoint URL] [--endpoint SERVICE=URL ...]
  [--state FILE [--keep-finished DAYS]] [--region REGION] [--account-id ID]`;

const options = z.object({
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

function parsed(): z.infer<typeof options> {
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
    return options.parse(values);
  } catch (error) {
    fail(error instanceof z.ZodError ? z.prettifyError(error) : String(error), usage);
  }
}

function fail(...why: string[]): never {
  for (const line of why) console.error(line);
  process.exit(1);
}

const values = parsed();
const given = new Map(values.endpoint.map(([service, url]) => [service, url]));
const at = (service: string): string | undefined => endpointOf(service, given, process.env);
const lambda = values['lambda-endpoint'] ?? at('lambda');
const served = servicesOver(at);
const unreachable =
  'no endpoint is known for lambda: start with --lambda-endpoint URL, or set AWS_ENDPOINT_URL_LAMBDA';

/** What AWS takes is taken: a service that is nowhere to be reached fails the task that calls it. */
function connect(service: string, action: string): Call | undefined {
  if (!speaks(service) || at(service) !== undefined) return served(service, action);
  return () => Promise.reject(new Error(howToReach(service)));
}

const engine = createEngine({
  clock: new VirtualClock(),
  store:
    values.state === undefined
      ? { kind: 'memory', keep: 10_000 }
      : { kind: 'file', path: values.state },
  keepFinished: values['keep-finished'] * 24 * 3600 * 1000,
  integrations: {
    connect,
    invokeLambda:
      lambda === undefined ? () => Promise.reject(new Error(unreachable)) : lambdaOver(lambda),
  },
  ...(values.region === undefined ? {} : { region: values.region }),
  ...(values['account-id'] === undefined ? {} : { accountId: values['account-id'] }),
});
const server = await serve(engine, { port: values.port }).catch((error: unknown) =>
  fail(`port ${values.port} cannot be listened on: ${String(error)}`),
);
console.log(`Step Functions at ${server.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void server.close().then(() => engine.close());
  });
