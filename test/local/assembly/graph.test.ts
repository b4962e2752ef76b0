import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildGraph, type Graph } from '../../../local/assembly/graph.ts';
import { loadAssembly } from '../../../local/assembly/load.ts';
import type { Places } from '../../../local/assembly/physical.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kassa-assembly-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const places: Places = {
  postgres: { host: '127.0.0.1', port: 5432 },
  redis: { host: '127.0.0.1', port: 6379 },
  sqsUrl: 'http://127.0.0.1:1',
  issuer: (pool) => `http://127.0.0.1:2/${pool}`,
  secret: (reference) => `<${reference}>`,
};

/** Writes an assembly of the given templates, in the order of their names. */
function assembly(templates: Record<string, object>, folder = directory): void {
  mkdirSync(folder, { recursive: true });
  const artifacts: Record<string, object> = {};
  for (const [name, template] of Object.entries(templates)) {
    writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template));
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: `${name}.template.json`, stackName: name },
    };
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '1', artifacts }));
}

const load = (): Graph => buildGraph(loadAssembly(directory), places);

/** The value as a property of a queue in a stack with the given neighbours resolves. */
function resolved(value: unknown, template: Record<string, unknown> = {}): unknown {
  const { Resources, ...rest } = template;
  assembly({
    A: {
      Resources: {
        Subject: { Type: 'AWS::SQS::Queue', Properties: { Value: value } },
        ...(typeof Resources === 'object' ? Resources : {}),
      },
      ...rest,
    },
  });
  const graph = load();
  const subject = graph.resources.find((resource) => resource.logicalId === 'Subject');
  return subject === undefined ? undefined : graph.properties(subject)['Value'];
}

describe('intrinsic functions', () => {
  const queue = { Q: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'orders' } } };
  const mapping = { Mappings: { M: { top: { second: 'found' } } } };
  const conditions = {
    Conditions: {
      Yes: { 'Fn::Equals': ['a', 'a'] },
      No: { 'Fn::Not': [{ Condition: 'Yes' }] },
      Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
      One: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    },
  };
  test.each([
    ['Ref to a resource', { Ref: 'Q' }, 'http://127.0.0.1:1/000000000000/orders'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-central-1'],
    ['GetAtt', { 'Fn::GetAtt': ['Q', 'Arn'] }, 'arn:aws:sqs:eu-central-1:000000000000:orders'],
    ['GetAtt with a dot', { 'Fn::GetAtt': 'Q.QueueName' }, 'orders'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::StackName' }, 'c']] }, 'a-A-c'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
    ['Sub', { 'Fn::Sub': '${AWS::StackName}/${Q.QueueName}/${!kept}' }, 'A/orders/${kept}'],
    [
      'Sub with variables',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own placeholders
      { 'Fn::Sub': ['${x}-${AWS::Region}', { x: { Ref: 'AWS::Partition' } }] },
      'aws-eu-central-1',
    ],
    ['Select and Split', { 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    ['FindInMap', { 'Fn::FindInMap': ['M', 'top', 'second'] }, 'found'],
    ['If that holds', { 'Fn::If': ['One', 'yes', 'no'] }, 'yes'],
    ['If that does not hold', { 'Fn::If': ['Both', 'yes', 'no'] }, 'no'],
    ['NoValue in a list', ['a', { Ref: 'AWS::NoValue' }, 'b'], ['a', 'b']],
    [
      'NoValue in an object',
      { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] }, b: 2 },
      { b: 2 },
    ],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'eu-central-1a'],
    ['Base64', { 'Fn::Base64': 'a' }, 'YQ=='],
    [
      'a secret',
      { 'Fn::Join': ['', ['{{resolve:secretsmanager:', 'arn', ':SecretString:key::}}']] },
      '<arn:SecretString:key::>',
    ],
    [
      'an object with one key that is no function',
      { Condition: { a: 1 } },
      { Condition: { a: 1 } },
    ],
  ])('%s', (_, value, expected) => {
    expect(resolved(value, { Resources: queue, ...mapping, ...conditions })).toEqual(expected);
  });

  test.each([
    ['an unknown function', { 'Fn::Cidr': ['a', 1, 2] }, /A\/Subject: Fn::Cidr is not supported/],
    ['a Ref to nothing', { Ref: 'Nothing' }, /A\/Subject: Ref Nothing names nothing/],
    [
      'an unknown attribute',
      { 'Fn::GetAtt': ['Q', 'Colour'] },
      /attribute Colour of AWS::SQS::Queue/,
    ],
    ['an SSM secret', '{{resolve:ssm-secure:a:1}}', /resolve:ssm-secure:a:1.*has no local value/],
    ['an unknown export', { 'Fn::ImportValue': 'x' }, /no stack exports x/],
  ])('%s is refused by name', (_, value, message) => {
    expect(() => resolved(value, { Resources: queue })).toThrow(message);
  });
});

describe('the graph', () => {
  test('a type on neither list is refused by type, stack and logical id', () => {
    assembly({ A: { Resources: { Cache: { Type: 'AWS::ElastiCache::Nothing' } } } });
    expect(load).toThrow('the local cloud does not know AWS::ElastiCache::Nothing at A/Cache');
  });

  test('a resource whose condition does not hold is not there', () => {
    assembly({
      A: {
        Conditions: { Never: { 'Fn::Equals': [1, 2] } },
        Resources: { X: { Type: 'AWS::Made::Up', Condition: 'Never' } },
      },
    });
    expect(load().resources).toEqual([]);
  });

  test('an export of one stack is imported by another', () => {
    assembly({
      A: {
        Resources: { Q: { Type: 'AWS::SQS::Queue' } },
        Outputs: { Q: { Value: { 'Fn::GetAtt': ['Q', 'Arn'] }, Export: { Name: 'A:Q' } } },
      },
      B: {
        Resources: {
          R: { Type: 'AWS::SQS::Queue', Properties: { X: { 'Fn::ImportValue': 'A:Q' } } },
        },
      },
    });
    const graph = load();
    const [, second] = graph.ofType('AWS::SQS::Queue');
    expect(second && graph.properties(second)['X']).toBe(
      'arn:aws:sqs:eu-central-1:000000000000:A-Q',
    );
  });

  test('names given by nobody are the same at every load and fit their service', () => {
    const id = `Queue${'x'.repeat(100)}ABCDEF12`;
    assembly({
      A: { Resources: { [id]: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } } } },
    });
    const name = (): string => {
      const graph = load();
      const [resource] = graph.ofType('AWS::SQS::Queue');
      return resource === undefined ? '' : graph.getAtt(resource, 'QueueName');
    };
    expect(name()).toBe(name());
    expect(name()).toMatch(/^[A-Za-z0-9-]{1,75}\.fifo$/);
  });

  test('a stage is chosen by name, and an unknown one is refused with those there are', () => {
    assembly({ S: { Resources: {} } }, join(directory, 'assembly-one'));
    assembly({ T: { Resources: {} } }, join(directory, 'assembly-two'));
    const stage = (name: string) => ({
      type: 'cdk:cloud-assembly',
      properties: { directoryName: `assembly-${name}`, displayName: name },
    });
    writeFileSync(
      join(directory, 'manifest.json'),
      JSON.stringify({ artifacts: { 'assembly-one': stage('one'), 'assembly-two': stage('two') } }),
    );
    expect(loadAssembly(directory, 'two').stacks.map(({ name }) => name)).toEqual(['T']);
    expect(() => loadAssembly(directory, 'three')).toThrow('it has one, two');
  });
});
