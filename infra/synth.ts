import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { kassaApp } from './app.ts';
import { build, buildStubs, outDirectory } from './build.ts';

const usage = `npm run synth -- [--stage] [prod|staging|branch-<name>]... [--out <folder>] [--no-build] [--validate] [--nag] [--stubs]

Bundles the functions and writes the assembly of each stage named (staging if none) to cdk.out.
  --no-maps      bundles without source maps: made in half the time, the code is the same
  --no-build     the bundles in build/functions are up to date
  --validate     CDK checks the templates too, which takes as long as all the rest
  --nag          fails where cdk-nag's AwsSolutions pack finds something without a reason beside it
  --stubs        with functions that only fail, for a look at the templates`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stage: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    'no-maps': { type: 'boolean', default: false },
    validate: { type: 'boolean', default: false },
    nag: { type: 'boolean', default: false },
    stubs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const named = [...positionals, ...values.stage];
  const stages = named.length > 0 ? named : ['staging'];
  const code = values.stubs ? resolve(outDirectory, '..', 'stubs') : outDirectory;
  if (values.stubs) await buildStubs(code);
  else if (!values['no-build']) await build({ maps: !values['no-maps'] });
  // The CDK CLI says where it wants the assembly.
  const outdir =
    values.out ?? process.env['CDK_OUTDIR'] ?? resolve(import.meta.dirname, '..', 'cdk.out');
  await rm(outdir, { recursive: true, force: true });
  const app = kassaApp({ stages, code, outdir, validate: values.validate });
  const assembly = app.synth();
  for (const stage of assembly.nestedAssemblies) {
    for (const stack of stage.nestedAssembly.stacks) {
      const { Resources } = z
        .looseObject({ Resources: z.object({}).loose() })
        .parse(stack.template);
      console.log(
        `${stack.stackName.padEnd(40)}${String(Object.keys(Resources).length).padStart(4)} resources`,
      );
    }
  }
  if (values.nag) {
    // Loaded only here: it takes longer to load than the app takes to synthesize.
    const { findingsOf } = await import('./nag.ts');
    const { open, needless } = findingsOf(app);
    for (const finding of open) console.error(finding);
    for (const reason of needless) console.error(`nothing needs the reason for ${reason}`);
    if (open.length + needless.length > 0) process.exitCode = 1;
  }
  console.log(`${stages.join(', ')} → ${outdir}`);
}
