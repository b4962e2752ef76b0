import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { eventContracts } from '../../infra/catalogue/events.ts';
import { type Assembly, type Resource, strings, synthesize } from './assembly.ts';

let assembly: Assembly;
beforeAll(async () => {
  assembly = await synthesize('staging');
}, 180_000);

const patternSchema = z.looseObject({ source: z.array(z.unknown()).optional() });

const sourcesOf = (rule: Resource) =>
  strings(patternSchema.parse(rule.properties['EventPattern']).source ?? []);

/** Resources this value names, in its own stack or by another's export. */
function named(value: unknown, among: readonly Resource[]): readonly Resource[] {
  const said = strings(value);
  return among.filter(({ logicalId }) =>
    said.some((text) => text === logicalId || text.includes(`ExportsOutputFnGetAtt${logicalId}`)),
  );
}

/** The functions that get events of this source: rule, its queues, the mappings that read them. */
function consumersOf(source: string): readonly string[] {
  const rules = assembly
    .ofType('AWS::Events::Rule')
    .filter((rule) => sourcesOf(rule).includes(source));
  const queues = named(
    rules.map((rule) => rule.properties['Targets']),
    assembly.ofType('AWS::SQS::Queue'),
  );
  const mappings = assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter((mapping) => named(mapping.properties['EventSourceArn'], queues).length > 0);
  const functions = assembly.ofType('AWS::Lambda::Function');
  const direct = named(
    rules.map((rule) => rule.properties['Targets']),
    functions,
  );
  const readers = mappings.flatMap((mapping) =>
    functions.filter(
      ({ stack, logicalId }) =>
        stack === mapping.stack && strings(mapping.properties['FunctionName']).includes(logicalId),
    ),
  );
  const names = [...direct, ...readers].map(({ properties }) =>
    String(properties['FunctionName']).replace('kassa-staging-', ''),
  );
  return [...new Set(names)];
}

describe.each(eventContracts)('$name', ({ source, consumers }) => {
  it('goes to those that the catalogue (docs/events.md) names, and to nobody else', () => {
    expect([...consumersOf(source)].sort()).toEqual(consumers.map(({ name }) => name).sort());
  });
});

it('every rule of the bus is about events that are in the catalogue', () => {
  const rules = assembly.ofType('AWS::Events::Rule');
  expect(rules).not.toEqual([]);
  const known = eventContracts.map(({ source }) => source);
  const custom = rules.filter((rule) => rule.properties['EventBusName'] !== undefined);
  for (const rule of custom) {
    expect(sourcesOf(rule).length, rule.where).toBeGreaterThan(0);
    const odd = sourcesOf(rule).filter(
      // An archive's own rule takes everything of ours.
      (source) => !known.includes(source) && source !== 'kassa.',
    );
    expect(odd, rule.where).toEqual([]);
  }
});
