import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

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
