// `npm run bench:sfn -- [--json FILE] [--quick] [--only speed|waiting] [--waiting N]`
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { subjects } from './machines.ts';
import { engineNames, measureSpeed, type Speed } from './speed.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const does = (part: string): boolean => values.only === undefined || values.only === part;

const speeds: Speed[] = [];
if (does('speed')) {
  const title = 'states entered in a second of processor time';
  console.log(`${title.padEnd(48)}${engineNames.map((name) => name.padStart(25)).join('')}`);
  for (const subject of subjects) {
    const speed = await measureSpeed(subject, values.quick ? 3 : 9);
    speeds.push(speed);
    const other = speed.perSecond['aws-local-stepfunctions'];
    const shown = engineNames.map((name) => {
      const own = speed.perSecond[name];
      return `${own} (${(own / other).toFixed(1)}x)`.padStart(25);
    });
    console.log(`${speed.subject.padEnd(48)}${shown.join('')}`);
  }
}
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ speeds }, null, 2)}\n`);
