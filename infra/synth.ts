import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kassaApp } from './app.ts';
import { build, buildStubs, outDirectory } from './build.ts';

const usage =
  'npm run synth -- [--stage prod|staging|branch-<name>]... [--out <folder>] [--no-build]';

const { values } = parseArgs({
  options: {
    stage: { type: 'string', multiple: true, default: ['staging'] },
    out: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    stubs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const code = values.stubs ? resolve(outDirectory, '..', 'stubs') : outDirectory;
  if (values.stubs) await buildStubs(code);
  else if (!values['no-build']) await build();
  // The CDK CLI says where it wants the assembly.
  const outdir =
    values.out ?? process.env['CDK_OUTDIR'] ?? resolve(import.meta.dirname, '..', 'cdk.out');
  await rm(outdir, { recursive: true, force: true });
  kassaApp({ stages: values.stage, code, outdir }).synth();
  console.log(`${values.stage.join(', ')} → ${outdir}`);
}
