// `npm run bench:sfn -- [--json FILE] [--quick] [--only speed|waiting] [--waiting N]`
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { subjects } from './machines.ts';
import { engineNames, measureSpeed, type Speed } from './speed.ts';
import { measureWaiting, type Waiting } from './waiting.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    waiting: { type: 'string', default: '20000' },
  },
});
const does = (part: string): boolean => values.only === undefined || values.only === part;

const speeds: Speed[] = [];
if (does('speed')) {
  const title = 'states entered in a second of processor time';
  console.log(`${title.padEnd(48)}${engineNames.map((name) => name.padStart(25)).join('')}`);
  for (const subject of subjects) {
    const speed = await measureSpeed(subject, values.quick ? 3 : 20);
    speeds.push(speed);
    const other = speed.perSecond['aws-local-stepfunctions'];
    const shown = engineNames.map((name) => {
      const own = speed.perSecond[name];
      return `${own} (${(own / other).toFixed(1)}x)`.padStart(25);
    });
    console.log(`${speed.subject.padEnd(48)}${shown.join('')}`);
  }
}
const waiting = does('waiting') ? await measureWaiting(Number(values.waiting), 5) : undefined;
if (waiting !== undefined) {
  const { executions, accepted, openMs, firstMs, answered } = waiting;
  const ms = (value: number): string => `${Math.round(value)} ms`;
  const mb = (of: Waiting['empty']): string =>
    `${of.heapMb} MB of heap, ${of.residentMb} MB resident`;
  console.log(`${executions} executions that wait for a token, durable:`);
  console.log(`  accepted in ${ms(accepted.ms)} (${ms(accepted.cpuMs)} of processor time)`);
  console.log(`  before: ${mb(waiting.empty)}; after: ${mb(waiting.waiting)}`);
  console.log(`  ${waiting.idleSeconds} s of waiting: ${ms(waiting.idleCpuMs)} of processor time`);
  console.log(`  after kill -9: open in ${ms(openMs)}; ${mb(waiting.opened)}`);
  console.log(`  first token answered after ${ms(firstMs)}`);
  console.log(`  all others in ${ms(answered.ms)} more (${ms(answered.cpuMs)} of processor time)`);
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ speeds, waiting }, null, 2)}\n`);
