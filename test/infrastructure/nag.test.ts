import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { kassaApp } from '../../infra/app.ts';
import { buildStubs } from '../../infra/build.ts';
import { accept } from '../../infra/constructs/accept.ts';
import { type Findings, findingsOf } from '../../infra/nag.ts';

const folder = mkdtempSync(join(tmpdir(), 'kassa-nag-'));
const code = join(folder, 'code');
beforeAll(() => buildStubs(code));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function synthesized(stage: string): App {
  const app = kassaApp({ stages: [stage], code, outdir: join(folder, stage) });
  app.synth();
  return app;
}

describe.each(['prod', 'staging', 'branch-x'])('%s', (stage) => {
  let app: App;
  let findings: Findings;
  beforeAll(() => {
    app = synthesized(stage);
    findings = findingsOf(app);
  }, 120_000);

  it('cdk-nag finds nothing without a reason beside it', () => {
    expect(findings.open).toEqual([]);
  });

  it('no reason is left for what is not found any more', () => {
    expect(findings.needless).toEqual([]);
  });

  it('every reason says one', () => {
    const reasons = app.node.findAll().flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(z.record(z.string(), z.string()).parse(data)))
        .filter(([rule]) => rule.includes('AwsSolutions')),
    );
    expect(reasons.length).toBeGreaterThan(50);
    for (const [rule, reason] of reasons) {
      expect(reason.split(' ').length, rule).toBeGreaterThanOrEqual(5);
    }
  });
});

describe('the check itself', () => {
  const bucket = () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'seeded');
    return { stack, bucket: new Bucket(stack, 'bucket', { enforceSSL: true }) };
  };
  const rules = ({ stack }: { readonly stack: Stack }) => {
    const { open, needless } = findingsOf(z.instanceof(App).parse(stack.node.root));
    return { open: open.map((finding) => finding.split(' ')[0]), needless };
  };

  it('finds a bucket without access logs', () => {
    expect(rules(bucket())).toEqual({ open: ['AwsSolutions-S1'], needless: [] });
  });

  it('lets it stand with a reason, and tells of a reason for nothing', () => {
    const seeded = bucket();
    accept(seeded.bucket, { S1: 'for this test', SQS3: 'for nothing' });
    expect(rules(seeded)).toEqual({ open: [], needless: ['AwsSolutions-SQS3 at seeded/bucket'] });
  });

  it('a reason at one resource says nothing about another', () => {
    const seeded = bucket();
    accept(seeded.bucket, { S1: 'for this test' });
    new Bucket(seeded.stack, 'other', { enforceSSL: true });
    expect(rules(seeded)).toEqual({ open: ['AwsSolutions-S1'], needless: [] });
  });
});
