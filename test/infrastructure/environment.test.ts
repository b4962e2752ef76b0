import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { functionNames } from '../../infra/functions.ts';
import { under } from '../support/environment.ts';
import { synthesize } from './assembly.ts';

const root = resolve(import.meta.dirname, '..', '..');
const envModule = z.looseObject({
  environment: z.custom<() => unknown>((v) => typeof v === 'function'),
});

/** What stands for a value that CloudFormation knows only when it deploys. */
const standIn = (name: string) =>
  name.endsWith('_URL')
    ? 'https://queue.example/1'
    : name.endsWith('_PORT')
      ? '5432'
      : name.endsWith('_ISSUER')
        ? 'https://issuer.example/pool'
        : 'arn:aws:x:y:z:1';

const branch = 'branch-x';
const general = /^(POWERTOOLS_|NODE_OPTIONS$|NODE_EXTRA_CA_CERTS$)/;
/** A default stands in for it. */
const optional = new Set(['SFN_DISABLE_HOST_PREFIX']);

const variables = new Map<string, ReadonlyMap<string, string>>();
beforeAll(async () => {
  // Between them they have every function.
  const assemblies = await Promise.all(['staging', branch].map((stage) => synthesize(stage)));
  for (const one of assemblies.flatMap((assembly) => assembly.ofType('AWS::Lambda::Function'))) {
    const { FunctionName: name } = one.properties;
    if (typeof name !== 'string') continue;
    const environment = z
      .object({ Variables: z.record(z.string(), z.unknown()) })
      .parse(one.properties['Environment']).Variables;
    variables.set(
      name.replace(/^kassa-(staging|branch-x)-/, ''),
      new Map(
        Object.entries(environment)
          .filter(([variable]) => !general.test(variable))
          .map(([variable, value]) => [
            variable,
            typeof value === 'string' ? value : standIn(variable),
          ]),
      ),
    );
  }
}, 120_000);

describe.each(functionNames)('%s', (name) => {
  it('is given exactly the variables it asks for', async () => {
    const given = variables.get(name);
    if (given === undefined) throw new Error(`${name} is not in the template`);
    const file = join(root, 'functions', name, 'env.ts');
    if (!existsSync(file)) {
      expect([...given.keys()]).toEqual([]);
      return;
    }
    const { environment } = envModule.parse(await import(pathToFileURL(file).href));
    expect(() => under(given, environment)).not.toThrow();
    for (const variable of given.keys()) {
      if (optional.has(variable)) continue;
      const fewer = new Map([...given].filter(([other]) => other !== variable));
      expect(() => under(fewer, environment), `${variable} is not asked for`).toThrow(variable);
    }
  });
});
