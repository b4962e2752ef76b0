import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { differenceKinds } from '../../domain/payments/books.ts';
import { ledgerDifferenceKinds } from '../../domain/payments/ledger.ts';
import { type Assembly, synthesize } from './assembly.ts';

const root = resolve(import.meta.dirname, '..', '..');
const file = join(root, 'docs', 'runbooks', 'README.md');

/** Sections by the name a link has for them: what is read under an alarm. */
const sections = new Map(
  readFileSync(file, 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [title = '', ...body] = section.split('\n');
      return [title.toLowerCase().replaceAll(' ', '-'), body.join('\n')] as const;
    }),
);

describe.each(['staging', 'prod'])('%s', (stage) => {
  let assembly: Assembly;
  beforeAll(async () => {
    assembly = await synthesize(stage);
  }, 180_000);

  it('every alarm has a section that says what to look at and what to do', () => {
    const alarms = assembly.ofType('AWS::CloudWatch::Alarm');
    expect(alarms).not.toEqual([]);
    const lost = alarms
      .map((alarm) => String(alarm.properties['AlarmDescription']))
      .filter((description) => {
        const [, name = ''] = /docs\/runbooks\/README\.md#(\S+)$/.exec(description) ?? [];
        return !/^1\. /m.test(sections.get(name) ?? '');
      });
    expect(lost).toEqual([]);
  });

  it('every alarm is named in the section it points to', () => {
    for (const alarm of assembly.ofType('AWS::CloudWatch::Alarm')) {
      const [, section = ''] =
        /README\.md#(\S+)$/.exec(String(alarm.properties['AlarmDescription'])) ?? [];
      const name = String(alarm.properties['AlarmName']).replace(`kassa-${stage}-`, '');
      const [, named = ''] = /^\*(`.+`)\.\*/m.exec(sections.get(section) ?? '') ?? [];
      const patterns = [...named.matchAll(/`([^`]+)`/g)].map(
        ([, pattern = '']) => new RegExp(`^${pattern.replaceAll(/<[a-z]+>/g, '[a-z-]+')}$`),
      );
      expect(
        patterns.some((pattern) => pattern.test(name)),
        `${name} in ${section}`,
      ).toBe(true);
    }
  });

  it('no section is there for nothing', () => {
    const used = new Set(
      assembly
        .ofType('AWS::CloudWatch::Alarm')
        .map((alarm) => /#(\S+)$/.exec(String(alarm.properties['AlarmDescription']))?.[1]),
    );
    // Nothing tells that a secret has leaked.
    expect([...sections.keys()].filter((section) => !used.has(section))).toEqual(['secrets']);
  });
});

it('every dead-letter queue is explained', async () => {
  const queues = (await synthesize('staging'))
    .ofType('AWS::SQS::Queue')
    .filter((queue) => queue.properties['RedrivePolicy'] === undefined)
    .map((queue) => String(queue.properties['QueueName']).replace('kassa-staging-', ''));
  const text = sections.get('dead-letters') ?? '';
  expect(queues.filter((queue) => !text.includes(`\`${queue}\``))).toEqual([]);
}, 60_000);

it('every secret that is named is there', async () => {
  const known = (await synthesize('staging'))
    .ofType('AWS::SecretsManager::Secret')
    .map((secret) => String(secret.properties['Name']).replace('kassa-staging/', ''));
  const documents = [
    ...sections.values(),
    readFileSync(join(root, 'docs', 'deploying.md'), 'utf8'),
  ];
  const named = documents.flatMap((text) =>
    [...text.matchAll(/kassa-<stage>\/([a-z-]+)/g)].map(([, name = '']) => name),
  );
  expect(named).toContain('stripe-key');
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
}, 60_000);

it('every kind of finding is explained', () => {
  const migrations = join(root, 'adapters', 'postgres', 'migrations');
  const kinds = readdirSync(migrations).flatMap((name) =>
    [
      ...readFileSync(join(migrations, name), 'utf8').matchAll(
        /(?:add_finding\(|insert into findings [^;]*?values \()'([a-z_]+)'/g,
      ),
    ].map(([, kind = '']) => kind),
  );
  expect(kinds).toContain('wait_overdue');
  const text = sections.get('findings') ?? '';
  const all = [...new Set([...kinds, ...differenceKinds, ...ledgerDifferenceKinds, 'step_failed'])];
  expect(all.filter((kind) => !text.includes(`\`${kind}\``))).toEqual([]);
});
