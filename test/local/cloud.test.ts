import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { synthesizeShop } from './fixtures/shop.ts';

vi.setConfig({ hookTimeout: 180_000 });

const directory = mkdtempSync(join(tmpdir(), 'kassa-cloud-'));
const stateDir = join(directory, 'state');
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
let assemblyDir: string;
let cloud: Cloud;

beforeAll(async () => {
  assemblyDir = synthesizeShop(directory);
  cloud = await startCloud({ assemblyDir, stateDir });
});
afterAll(async () => {
  await cloud?.close();
  rmSync(directory, { recursive: true, force: true });
});

const Seen = z.looseObject({
  event: z.looseObject({
    body: z.string().nullable(),
    pathParameters: z.record(z.string(), z.string()).nullable(),
    multiValueQueryStringParameters: z.record(z.string(), z.array(z.string())).nullable(),
    requestContext: z.looseObject({ authorizer: z.record(z.string(), z.unknown()).optional() }),
  }),
  now: z.number(),
  table: z.string(),
});

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${cloud.apiUrl}${path}`, init);
}
const as = (token: string): RequestInit => ({ headers: { Authorization: token } });

describe('the API front', () => {
  test('a mock integration answers from the template', async () => {
    const response = await ask('/health');
    expect([response.status, await response.json()]).toEqual([200, { status: 'up' }]);
  });

  test('a proxy integration gets the event of payload format 1.0 and its answer is passed on', async () => {
    const response = await ask('/orders/a%20b?x=1&x=2', as('alice'));
    expect(response.status).toBe(200);
    expect(response.headers.get('x-seen')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    const { event, table } = Seen.parse(await response.json());
    expect(event.pathParameters).toEqual({ id: 'a b' });
    expect(event.multiValueQueryStringParameters).toEqual({ x: ['1', '2'] });
    expect(event.body).toBeNull();
    expect(event.requestContext.authorizer).toMatchObject({
      principalId: 'alice',
      customer: 'alice',
      level: '3',
    });
    expect(table).toBe('arn:aws:states:eu-central-1:000000000000:stateMachine:counting');
  });

  test('an authorizer’s answer is kept for its time to live and no longer', async () => {
    const asked = async (): Promise<unknown> => {
      const { event } = Seen.parse(await (await ask('/orders/1', as('bob'))).json());
      return event.requestContext.authorizer?.['asked'];
    };
    const before = await asked();
    expect(await asked()).toBe(before);
    await cloud.advance(61_000);
    expect(await asked()).not.toBe(before);
  });

  test.each([
    ['an unknown route', '/nothing', {}, 403, { message: 'Missing Authentication Token' }],
    ['no token', '/orders/1', {}, 401, { message: 'Unauthorized' }],
    ['a forged token', '/orders/1', as('forged'), 401, { message: 'Unauthorized' }],
    [
      'a denied caller',
      '/orders/1',
      as('banned'),
      403,
      { Message: 'User is not authorized to access this resource with an explicit deny' },
    ],
    ['a handler that throws', '/orders/broken', as('a'), 502, { message: 'Internal server error' }],
    ['a malformed answer', '/orders/odd', as('a'), 502, { message: 'Internal server error' }],
    [
      'a missing required header',
      '/orders/1',
      { method: 'POST', body: '{"quantity":1}' },
      400,
      { message: 'Missing required request parameters: [Idempotency-Key]' },
    ],
    [
      'a body that is not of the model',
      '/orders/1',
      {
        method: 'POST',
        body: '{"quantity":0}',
        headers: { 'Idempotency-Key': '1', 'content-type': 'application/json' },
      },
      400,
      { message: 'Invalid request body' },
    ],
    [
      'a body over 10 MB',
      '/orders/1',
      { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) },
      413,
      { message: 'Request Too Long' },
    ],
  ])('%s is answered as API Gateway does', async (_, path, init, status, body) => {
    const response = await ask(path, init);
    expect([response.status, await response.json()]).toEqual([status, body]);
  });
});

describe('functions', () => {
  const invoke = async (payload: unknown) => {
    const client = new LambdaClient({
      endpoint: cloud.lambdaUrl,
      region: 'eu-central-1',
      credentials,
    });
    const answer = await client.send(
      new InvokeCommand({ FunctionName: stepName(), Payload: JSON.stringify(payload) }),
    );
    client.destroy();
    return {
      error: answer.FunctionError,
      payload: z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(Buffer.from(answer.Payload ?? []).toString())),
    };
  };
  const stepName = (): string => cloud.functionNames.find((name) => name.includes('step')) ?? '';

  test('answers over the wire API', async () => {
    expect(await invoke({ n: 1 })).toMatchObject({ error: undefined, payload: { n: 2 } });
  });

  test('a thrown error is the error object of the runtime', async () => {
    const { error, payload } = await invoke({ fail: true });
    expect(error).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'OutOfStock', errorMessage: 'out of stock' });
    expect(payload['trace']).toBeInstanceOf(Array);
  });

  test.each([
    ['a timeout', { hang: true }, 'Sandbox.Timedout', /Task timed out after 1\.00 seconds$/],
    ['an exit', { exit: true }, 'Runtime.ExitError', /Runtime exited with error: exit status 3$/],
    [
      'an unhandled rejection',
      { reject: true },
      'Runtime.UnhandledPromiseRejection',
      /nobody waits/,
    ],
  ])(
    '%s answers what Lambda answers, and the next event finds a worker',
    async (_, event, type, message) => {
      const { error, payload } = await invoke(event);
      expect([error, payload['errorType']]).toEqual(['Unhandled', type]);
      expect(payload['errorMessage']).toMatch(message);
      expect(await invoke({ n: 7 })).toMatchObject({ payload: { n: 8 } });
    },
  );

  test('what they print is in their log file', async () => {
    await invoke({ n: 4711 });
    expect(readFileSync(join(stateDir, 'logs', `${stepName()}.log`), 'utf8')).toContain(
      'step 4711',
    );
  });
});

describe('the whole', () => {
  test('triggers ran before the API opened', () => {
    expect(readFileSync(join(directory, 'marks'), 'utf8')).toContain('migrated');
  });

  test('an execution started over the wire runs through functions, on the virtual clock', async () => {
    const client = new SFNClient({ endpoint: cloud.sfnUrl, region: 'eu-central-1', credentials });
    const started = await client.send(
      new StartExecutionCommand({
        stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:counting',
        name: 'one',
        input: '{"n":1}',
      }),
    );
    const describeIt = () =>
      client.send(new DescribeExecutionCommand({ executionArn: started.executionArn }));
    await cloud.settled();
    expect((await describeIt()).status).toBe('RUNNING');
    await cloud.advance(3600_000);
    const ended = await describeIt();
    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(ended.output ?? '')).toMatchObject({ n: 2 });
    client.destroy();
  });

  test('functions see the virtual clock', async () => {
    const year = 365 * 24 * 3600_000;
    await cloud.advance(year);
    const { now } = Seen.parse(await (await ask('/orders/1', as('carol'))).json());
    expect(Math.abs(now - cloud.clock.now())).toBeLessThan(5_000);
    expect(now - Date.now()).toBeGreaterThan(year - 5_000);
  });

  test('a new start on the same state folder keeps the clock', async () => {
    const offset = cloud.clock.offset;
    await cloud.close();
    cloud = await startCloud({ assemblyDir, stateDir });
    expect(cloud.clock.offset).toBe(offset);
  });
});
