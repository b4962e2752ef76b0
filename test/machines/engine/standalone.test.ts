import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, expect, test } from 'vitest';
import { servicesOver } from '../../../local/sfn/index.ts';
import { lambdaOver } from '../../../local/sfn/integrations/lambda-http.ts';
import { bench, lambdaTask, machine, role } from './harness.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

/** A Lambda endpoint: some functions have trouble of their own, the others echo. */
async function lambdaEndpoint(): Promise<string> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent(request.url?.split('/')[3] ?? '');
    const qualifier = request.url?.split('?Qualifier=')[1];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (name.endsWith(':spaced')) response.end('{ "a": [1, 2] }');
      else if (name === 'prose') response.end('no JSON');
      else if (name === 'qualified') response.end(JSON.stringify(qualifier ?? null));
      else if (name === 'gone') {
        response.writeHead(404);
        response.end('{"Message":"Function not found: gone"}');
      } else if (name === 'busy') {
        response.writeHead(429, { 'x-amzn-errortype': 'TooManyRequestsException' });
        response.end('{"message":"slow down"}');
      } else if (name === 'bad') {
        response.writeHead(200, { 'x-amz-function-error': 'Unhandled' });
        response.end('{ "errorType": "Bad" }');
      } else response.end(Buffer.concat(chunks));
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('services are called over AWS JSON; their errors carry status and request', async () => {
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = request.headers['x-amz-target'];
      seen.push([target, request.headers['content-type'], Buffer.concat(chunks).toString()]);
      if (String(target).endsWith('PutItem')) {
        response.writeHead(400, { 'x-amzn-requestid': 'r1' });
        response.end(
          '{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}',
        );
      } else response.end('{"Item":{"id":{"S":"a"}}}');
    });
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const { run } = bench({
    connect: servicesOver((service) => (service === 'dynamodb' ? url : undefined)),
  });
  const call = (resource: string, Arguments: object) =>
    machine({
      T: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true },
    });
  const got = await run(call('dynamodb:getItem', { TableName: 't', Key: { id: { S: 'a' } } }));
  expect(JSON.parse(got.output ?? '')).toMatchObject({ Item: { id: { S: 'a' } } });
  expect(seen).toEqual([
    [
      'DynamoDB_20120810.GetItem',
      'application/x-amz-json-1.0',
      '{"TableName":"t","Key":{"id":{"S":"a"}}}',
    ],
  ]);
  expect(await run(call('dynamodb:putItem', { TableName: 't', Item: {} }))).toMatchObject({
    error: 'DynamoDB.ConditionalCheckFailedException',
    cause:
      'no (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: r1; Proxy: null)',
  });
  expect(await run(call('aws-sdk:dynamodb:putItem', { TableName: 't' }))).toMatchObject({
    error: 'DynamoDb.ConditionalCheckFailedException',
    cause: 'no (Service: DynamoDb, Status Code: 400, Request ID: r1)',
  });
  await expect(run(call('aws-sdk:sqs:listQueues', {}))).rejects.toThrow('is not recognized');
});

test('functions are invoked over Lambda’s HTTP API; their errors and refusals are the task’s', async () => {
  const { run } = bench({ invokeLambda: lambdaOver(await lambdaEndpoint()) });
  const call = (FunctionName: string) =>
    machine({
      T: {
        ...lambdaTask,
        Arguments: { FunctionName, Payload: '{% $states.input %}' },
        Output: '{% $states.result.Payload %}',
      },
    });
  expect((await run(call('echo:live'), { a: 1 })).output).toBe('{"a":1}');
  expect((await run(call('qualified:live'))).output).toBe('"live"');
  expect((await run(call('qualified'))).output).toBe('null');
  expect(await run(call('gone'))).toMatchObject({
    error: 'Lambda.ResourceNotFoundException',
    cause: expect.stringContaining(
      'Function not found: gone (Service: AWSLambda; Status Code: 404;',
    ),
  });
  // What a function gives is shown as it gave it.
  expect(await run(call('bad'))).toMatchObject({
    error: 'Bad',
    cause: '{ "errorType": "Bad" }',
  });
  expect(await run(call('prose'))).toMatchObject({
    error: 'Lambda.Unknown',
    cause:
      'The cause could not be determined because Lambda did not return an error type. Returned payload: no JSON',
  });
  const spaced = await run(
    machine({
      T: {
        Type: 'Task',
        Resource: 'arn:aws:lambda:us-east-1:000000000000:function:spaced',
        End: true,
      },
    }),
  );
  expect(spaced.output).toBe('{ "a": [1, 2] }');
  expect(await run(call('busy'))).toMatchObject({
    error: 'Lambda.TooManyRequestsException',
    cause: expect.stringMatching(
      /^slow down \(Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: [\w-]+; Proxy: null\)$/,
    ),
  });
});

/** The engine's own program; `over` ends it. */
async function program(given: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = join(import.meta.dirname, '../../../local/sfn/main.ts');
  const args = ['--disable-warning=ExperimentalWarning', main, '--port', '0', ...given];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const url = await new Promise<string>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
  });
  const client = new SFNClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  return {
    async run(definition: object, input = '{}') {
      const name = randomUUID();
      const { stateMachineArn } = await client.send(
        new CreateStateMachineCommand({
          name,
          roleArn: role,
          definition: JSON.stringify(definition),
        }),
      );
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, input }),
      );
      let described = await client.send(new DescribeExecutionCommand({ executionArn }));
      while (described.status === 'RUNNING')
        described = await client.send(new DescribeExecutionCommand({ executionArn }));
      return described;
    },
    async over() {
      client.destroy();
      child.kill('SIGTERM');
      expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    },
  };
}

const plusOne = machine({ T: { ...lambdaTask, Output: '{% $states.result.Payload.n + 1 %}' } });

test('the engine runs by itself, from the command line', async () => {
  const { run, over } = await program(['--lambda-endpoint', await lambdaEndpoint()]);
  expect(await run(plusOne, '{"n":1}')).toMatchObject({ status: 'SUCCEEDED', output: '2' });
  await over();
}, 60_000);

test('the engine by itself finds services by the SDKs’ variables, and tells what to do where it finds none', async () => {
  const { run, over } = await program([], { AWS_ENDPOINT_URL_LAMBDA: await lambdaEndpoint() });
  expect(await run(plusOne, '{"n":2}')).toMatchObject({ status: 'SUCCEEDED', output: '3' });
  const send = { QueueUrl: 'http://127.0.0.1/q', MessageBody: 'a' };
  const Resource = 'arn:aws:states:::sqs:sendMessage';
  const sends = machine({ T: { Type: 'Task', Resource, Arguments: send, End: true } });
  expect(await run(sends)).toMatchObject({
    status: 'FAILED',
    error: 'SQS.SdkClientException',
    cause:
      'no endpoint is known for sqs: start with --endpoint sqs=URL, or set AWS_ENDPOINT_URL_SQS',
  });
  await over();
}, 60_000);

test.each([
  [['--port', 'x'], 'port'],
  [['--endpoint', 'sqs'], 'endpoint'],
  [['--endpoint', 'sqs=here'], 'endpoint'],
  [['--keep-finished', '0'], 'keep-finished'],
  [['--odd'], '--odd'],
])('the engine by itself does not start with %j', async (given, named) => {
  const main = join(import.meta.dirname, '../../../local/sfn/main.ts');
  const child = spawn(process.execPath, [main, ...given], { stdio: ['ignore', 'ignore', 'pipe'] });
  const told: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => told.push(chunk));
  const code = await new Promise((ended) => child.once('close', ended));
  expect(code).toBe(1);
  expect(Buffer.concat(told).toString()).toContain(named);
});
