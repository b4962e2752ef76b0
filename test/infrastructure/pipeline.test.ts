import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';

const root = resolve(import.meta.dirname, '..', '..');
const folder = join(root, '.github', 'workflows');
const workflows = new Map(
  readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
);
const action = readFileSync(join(root, '.github', 'actions', 'deploy', 'action.yml'), 'utf8');

function text(file: string): string {
  const found = workflows.get(file);
  if (found === undefined) throw new Error(`there is no ${file}`);
  return found;
}

/** Each job with everything under it. */
function jobs(file: string): ReadonlyMap<string, string> {
  const [, below = ''] = text(file).split(/^jobs:\n/m);
  return new Map(
    below
      .split(/^ {2}(?=[a-z]+:$)/m)
      .slice(1)
      .map((job) => [job.slice(0, job.indexOf(':')), job]),
  );
}

describe.each([...workflows.keys()])('%s', (file) => {
  it('gives no job more than it needs, and no AWS keys at all', () => {
    expect(text(file)).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    expect(text(file)).not.toMatch(
      /aws-access-key-id|aws-secret-access-key|AWS_SECRET_ACCESS_KEY/i,
    );
    for (const [name, job] of jobs(file)) {
      const signsIn = /configure-aws-credentials|actions\/deploy/.test(job);
      expect(/id-token: write/.test(job), name).toBe(signsIn);
      // What an environment protects: its role, its reviewers, its branches.
      expect(/^ {4}environment: /m.test(job), name).toBe(signsIn);
    }
  });

  it('puts nothing an outsider wrote into a shell', () => {
    for (const run of text(file).matchAll(/run: (?:[>|]-?\n(?: {10}.*\n)+|.*)/g)) {
      expect(run[0]).not.toMatch(/\$\{\{/);
    }
  });
});

it('nothing reaches prod but what was tested, deployed to staging and sold there', () => {
  const main = jobs('main.yml');
  expect(main.get('staging')).toMatch(/needs: check\n/);
  expect(main.get('staging')).toMatch(/stage: staging\n[\s\S]*run: \.ci\/smoke outputs\.json/);
  expect(main.get('prod')).toMatch(/needs: staging\n/);
  expect(jobs('check.yml').get('test')).toMatch(/run: \.ci\/run\n/);
  expect(action).toMatch(/cdk deploy "\$STAGE\/\*" --app cdk\.out /);
});

it('a pull request gets a stage of its own, which goes when it is closed', () => {
  const stage = /branch-pr-\$\{\{ github\.event\.number \}\}/;
  expect(jobs('pull-request.yml').get('stage')).toMatch(stage);
  expect(jobs('pull-request-closed.yml').get('remove')).toMatch(stage);
  expect(jobs('pull-request-closed.yml').get('remove')).toMatch(/cdk destroy "\$STAGE\/\*"/);
  for (const file of ['pull-request.yml', 'pull-request-closed.yml']) {
    for (const [name, job] of jobs(file)) {
      if (!/id-token/.test(job)) continue;
      expect(job, name).toMatch(/head\.repo\.full_name == github\.repository/);
    }
  }
});

it('a stage is removed also where its branch conflicts with main, by the code it was made from', () => {
  const closed = text('pull-request-closed.yml');
  expect(closed).toMatch(/^on:\n {2}pull_request_target:\n {4}types: \[closed\]\n/m);
  expect(closed).toMatch(
    /ref: \$\{\{ github\.event\.pull_request\.merge_commit_sha \|\| github\.event\.pull_request\.head\.sha \}\}\n/,
  );
  // It runs a branch's code in main's place: for those who may push here, nowhere else, and leaving nothing behind.
  expect(closed).not.toMatch(/^ +cache: /m);
  for (const [name, job] of jobs('pull-request-closed.yml')) {
    expect(job, name).toMatch(
      /^ {4}if: github\.event\.pull_request\.head\.repo\.full_name == github\.repository$/m,
    );
  }
  for (const [file, yaml] of workflows) {
    expect(yaml.includes('pull_request_target'), file).toBe(file === 'pull-request-closed.yml');
  }
});

// CDK brings a YAML parser along.
const { parse } = z
  .looseObject({
    parse: z.custom<(text: string) => unknown>((value) => typeof value === 'function'),
  })
  .parse(createRequire(createRequire(import.meta.url).resolve('aws-cdk-lib'))('yaml'));

const stepSchema = z.looseObject({ uses: z.string().optional(), run: z.string().optional() });
const permissionsSchema = z.record(z.string(), z.enum(['read', 'write', 'none']));
const workflowSchema = z.looseObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: permissionsSchema,
  jobs: z.record(
    z.string(),
    z.looseObject({
      uses: z.string().optional(),
      'timeout-minutes': z.int().optional(),
      permissions: permissionsSchema.optional(),
      steps: z.array(stepSchema).default([]),
    }),
  ),
});
const actionSchema = z.looseObject({
  runs: z.object({ using: z.literal('composite'), steps: z.array(stepSchema) }),
});
const parsed = new Map(
  [...workflows].map(([file, yaml]) => [file, workflowSchema.parse(parse(yaml))]),
);
const steps: readonly z.infer<typeof stepSchema>[] = [
  ...[...parsed.values()].flatMap(({ jobs }) =>
    Object.values(jobs).flatMap((job) => [{ uses: job.uses }, ...job.steps]),
  ),
  ...actionSchema.parse(parse(action)).runs.steps,
];

it('only what signs in to AWS may have a token for it, and nothing may write to the repository', () => {
  for (const [file, workflow] of parsed) {
    expect(workflow.permissions, file).toEqual({ contents: 'read' });
    for (const [name, job] of Object.entries(workflow.jobs)) {
      const signsIn = job.steps.some(({ uses }) =>
        /configure-aws-credentials|actions\/deploy$/.test(uses ?? ''),
      );
      expect(job.permissions, `${file} ${name}`).toEqual(
        signsIn ? { contents: 'read', 'id-token': 'write' } : undefined,
      );
    }
  }
});

it('every job ends by itself', () => {
  for (const [file, { jobs }] of parsed) {
    for (const [name, job] of Object.entries(jobs)) {
      if (job.uses !== undefined) continue;
      expect(job['timeout-minutes'], `${file} ${name}`).toBeLessThanOrEqual(120);
    }
  }
});

it('every action is ours, or one commit of somebody’s, with the version it is', () => {
  const used = [...workflows.values(), action].flatMap((yaml) =>
    [...yaml.matchAll(/uses: (.+)$/gm)].map(([, reference = '']) => reference),
  );
  expect(used.length).toBe(steps.filter(({ uses }) => uses !== undefined).length);
  for (const reference of used) {
    if (!reference.startsWith('./'))
      expect(reference).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    else expect(existsSync(join(root, reference)), reference).toBe(true);
  }
});

it('every script that is run is there', () => {
  const { scripts } = z
    .looseObject({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const runs = [
    ...steps.map(({ run }) => run ?? ''),
    readFileSync(join(root, '.ci', 'run'), 'utf8'),
  ];
  const called = runs.flatMap((run) =>
    [...run.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
  );
  expect(called).not.toEqual([]);
  for (const name of called) expect(Object.keys(scripts)).toContain(name);
  const files = runs.flatMap((run) =>
    [...run.matchAll(/(?<![\w/])\.ci\/\w+/g)].map(([file]) => file),
  );
  expect(new Set(files)).toEqual(new Set(['.ci/run', '.ci/smoke']));
  for (const file of files) expect(statSync(join(root, file)).mode & 0o111, file).not.toBe(0);
});

it('what is deployed was held to the rules of CDK and cdk-nag', () => {
  expect(text('check.yml')).toMatch(/npm run synth -- --validate --nag \$STAGES/);
  for (const [file, stages] of [
    ['main.yml', 'prod staging'],
    ['pull-request.yml', 'prod staging branch-pr-'],
  ] as const) {
    expect(text(file)).toMatch(`stages: ${stages}`);
  }
});
