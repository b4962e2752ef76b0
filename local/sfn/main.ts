// The engine by itself: `node main.ts [--port N] [--lambda-endpoint URL] [--state FILE]`.
import { parseArgs } from 'node:util';
import { VirtualClock } from '../clock.ts';
import { createEngine } from './engine.ts';
import { lambdaOver } from './integrations/lambda-http.ts';
import { serve } from './protocol/server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8083' },
    'lambda-endpoint': { type: 'string' },
    state: { type: 'string' },
    region: { type: 'string' },
    'account-id': { type: 'string' },
  },
});
const lambda = values['lambda-endpoint'];
const engine = createEngine({
  clock: new VirtualClock(),
  store: values.state === undefined ? { kind: 'memory' } : { kind: 'file', path: values.state },
  integrations: lambda === undefined ? {} : { invokeLambda: lambdaOver(lambda) },
  ...(values.region === undefined ? {} : { region: values.region }),
  ...(values['account-id'] === undefined ? {} : { accountId: values['account-id'] }),
});
const served = await serve(engine, { port: Number(values.port) });
console.log(`Step Functions at ${served.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void served.close().then(() => engine.close());
  });
