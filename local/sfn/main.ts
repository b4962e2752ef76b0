// The engine by itself: `node main.ts [--port N] [--lambda-endpoint URL] [--endpoint SERVICE=URL ...] [--state FILE
// [--keep-finished DAYS]]`.
import { parseArgs } from 'node:util';
import { VirtualClock } from '../clock.ts';
import { createEngine } from './engine.ts';
import { servicesOver } from './integrations/aws-json.ts';
import { lambdaOver } from './integrations/lambda-http.ts';
import { serve } from './protocol/server.ts';

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
const lambda = values['lambda-endpoint'];
const endpoints = new Map<string, string>();
for (const given of values.endpoint) {
  const [service = '', url = ''] = given.split(/=(.*)/s);
  endpoints.set(service, url);
}
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
  keepFinished: Number(values['keep-finished']) * 24 * 3600 * 1000,
  integrations: {
    connect: servicesOver(endpointOf),
    ...(lambda === undefined ? {} : { invokeLambda: lambdaOver(lambda) }),
  },
  ...(values.region === undefined ? {} : { region: values.region }),
  ...(values['account-id'] === undefined ? {} : { accountId: values['account-id'] }),
});
const served = await serve(engine, { port: Number(values.port) });
console.log(`Step Functions at ${served.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void served.close().then(() => engine.close());
  });
