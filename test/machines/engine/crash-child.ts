// Started by durable.test.ts and killed by it: runs whatever the store holds, ten steps an execution.
import { appendFileSync } from 'node:fs';
import { VirtualClock } from '../../../local/clock.ts';
import { createEngine } from '../../../local/sfn/index.ts';

const [path = '', log = ''] = process.argv.slice(2);
const engine = createEngine({
  clock: new VirtualClock(),
  store: { kind: 'file', path },
  integrations: {
    async invokeLambda(_name, payload) {
      appendFileSync(log, `${JSON.stringify(payload)}\n`);
      process.stdout.write('.');
      return { payload };
    },
  },
});
const steps = Array.from({ length: 10 }, (_, at) => at);
const { machine } = engine.createStateMachine({
  name: 'ten',
  roleArn: 'arn:aws:iam::000000000000:role/r',
  definition: JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'S0',
    States: Object.fromEntries(
      steps.map((at) => [
        `S${at}`,
        {
          Type: 'Task',
          Resource: 'arn:aws:states:::lambda:invoke',
          Arguments: { FunctionName: 'f', Payload: [`{% $states.context.Execution.Name %}`, at] },
          Output: null,
          ...(at === 9 ? { End: true } : { Next: `S${at + 1}` }),
        },
      ]),
    ),
  }),
});
const names = Array.from({ length: 20 }, (_, at) => `e${at}`);
for (const name of names) {
  const arn = engine.names.execution('ten', name);
  try {
    engine.describeExecution(arn);
  } catch {
    await engine.startExecution({ stateMachineArn: machine.arn, name });
  }
}
await engine.idle();
engine.close();
