import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { synthesizeShop } from './fixtures/shop.ts';

// Whole clouds start here, three times on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const directory = mkdtempSync(join(tmpdir(), 'kassa-life-'));
let assemblyDir: string;
beforeAll(() => {
  assemblyDir = synthesizeShop(directory);
});
const children: ChildProcess[] = [];
afterAll(() => {
  // Whatever a failed test left running.
  for (const child of children) child.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const Addresses = z.object({
  sfnUrl: z.string(),
  lambdaUrl: z.string(),
  functionNames: z.array(z.string()),
});

async function runCloud(
  stateDir: string,
): Promise<{ child: ChildProcess; at: z.infer<typeof Addresses> }> {
  const script = join(import.meta.dirname, 'fixtures', 'run-cloud.ts');
  const child = spawn(process.execPath, [script, assemblyDir, stateDir], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => ['null']),
  ]);
  return { child, at: Addresses.parse(JSON.parse(String(line))) };
}

/** Processes whose command line or working directory speaks of the state folder. */
function processesOf(stateDir: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes(stateDir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(stateDir);
      } catch {
        return false;
      }
    })
    .map(Number);
}

test('killed in the middle, the next start goes on with executions and asynchronous invocations', async () => {
  const stateDir = join(directory, 'killed');
  const { child, at } = await runCloud(stateDir);
  const sfn = new SFNClient({ endpoint: at.sfnUrl, region: 'eu-central-1', credentials });
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:counting',
      name: 'survivor',
      input: '{"n":41}',
    }),
  );
  const step = at.functionNames.find((name) => name.includes('step'));
  const lambda = new LambdaClient({ endpoint: at.lambdaUrl, region: 'eu-central-1', credentials });
  await lambda.send(
    new InvokeCommand({
      FunctionName: step,
      InvocationType: 'Event',
      Payload: JSON.stringify({ fail: true, n: 4711 }),
    }),
  );
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  sfn.destroy();
  lambda.destroy();

  const cloud: Cloud = await startCloud({ assemblyDir, stateDir });
  const again = new SFNClient({ endpoint: cloud.sfnUrl, region: 'eu-central-1', credentials });
  try {
    await cloud.advance(3600_000 + 120_000 + 60_000);
    const described = await again.send(new DescribeExecutionCommand({ executionArn }));
    expect(described.status).toBe('SUCCEEDED');
    expect(JSON.parse(described.output ?? '')).toMatchObject({ n: 42 });
    // The first attempt, and the two retries that only the second process can have made.
    const log = readFileSync(join(stateDir, 'logs', `${step}.log`), 'utf8');
    expect(log.split('step 4711').length - 1).toBeGreaterThanOrEqual(3);
  } finally {
    again.destroy();
    await cloud.close();
  }
});

test.runIf(existsSync('/proc/self/cwd'))(
  'ended by a signal, it leaves no process behind',
  async () => {
    const stateDir = join(directory, 'ended');
    const { child } = await runCloud(stateDir);
    expect(processesOf(stateDir).length).toBeGreaterThan(1);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([0, null]);
    expect(processesOf(stateDir)).toEqual([]);
  },
);

test('a second process on the same state folder is refused', async () => {
  const stateDir = join(directory, 'shared');
  const { child } = await runCloud(stateDir);
  try {
    await expect(startCloud({ assemblyDir, stateDir })).rejects.toThrow(
      `already runs on ${stateDir} (process ${child.pid})`,
    );
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
});
