import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCheckout } from '../../adapters/stepfunctions/checkout.ts';
import { createStarter, executionArn } from '../../adapters/stepfunctions/starter.ts';
import { createTaskReporter } from '../../adapters/stepfunctions/task-reporter.ts';
import { type AwsEndpoint, clientOf, startAwsEndpoint } from './aws-endpoint.ts';

let aws: AwsEndpoint;
let client: SFNClient;
beforeAll(async () => {
  aws = await startAwsEndpoint();
  client = new SFNClient({ ...clientOf(aws), disableHostPrefix: true });
});
afterAll(async () => {
  client.destroy();
  await aws.close();
});
beforeEach(() => {
  aws.calls.length = 0;
});

const machine = (name: string) => `arn:aws:states:eu-central-1:1:stateMachine:${name}:live`;
const arns = {
  payment: machine('pay'),
  fulfilment: machine('ful'),
  settlement: machine('set'),
} as const;
const at = '1790000000';

describe('starting a machine', () => {
  const start = () => createStarter(client, arns).start('payment', 'order.1.1', { run: 1 });
  const taken = (status: string) => {
    aws.reply = ({ operation }) =>
      operation === 'StartExecution'
        ? { status: 400, error: 'ExecutionAlreadyExists' }
        : {
            body: { executionArn: 'x', stateMachineArn: 'y', status, startDate: Number(at) },
          };
  };

  it('starts the alias by name with exactly the input of the row', async () => {
    aws.reply = () => ({ body: { executionArn: 'x', startDate: Number(at) } });
    expect(await start()).toBe('started');
    expect(aws.calls).toEqual([
      {
        operation: 'StartExecution',
        body: { stateMachineArn: arns.payment, name: 'order.1.1', input: '{"run":1}' },
      },
    ]);
  });

  it.each(['RUNNING', 'SUCCEEDED', 'PENDING_REDRIVE'])(
    'StartExecution repeated: a taken name whose execution is %s is a success',
    async (status) => {
      taken(status);
      expect(await start()).toBe('started');
      expect(aws.calls[1]?.body).toMatchObject({
        executionArn: 'arn:aws:states:eu-central-1:1:execution:pay:order.1.1',
      });
    },
  );

  it.each(['FAILED', 'TIMED_OUT', 'ABORTED'])(
    'A payment execution that failed holds its name: %s is told',
    async (status) => {
      taken(status);
      expect(await start()).toBe('failed');
    },
  );

  it.each([
    { reply: { status: 400, error: 'ThrottlingException' }, name: 'TransientFault' },
    { reply: { status: 400, error: 'TooManyRequestsException' }, name: 'TransientFault' },
    { reply: { status: 503, error: 'ServiceUnavailable' }, name: 'TransientFault' },
    { reply: { hangUp: true }, name: 'TransientFault' },
    { reply: { status: 400, error: 'StateMachineDoesNotExist' }, name: 'PermanentFault' },
    { reply: { status: 400, error: 'AccessDeniedException' }, name: 'PermanentFault' },
  ] as const)('fails with $name at $reply', async ({ reply, name }) => {
    aws.reply = () => reply;
    await expect(start()).rejects.toMatchObject({ name });
  });

  it('makes an execution’s ARN of a machine’s, with an alias, a version or neither', () => {
    const execution = 'arn:aws:states:eu-central-1:1:execution:pay:a.1.1';
    for (const suffix of ['', ':live', ':7']) {
      expect(executionArn(`arn:aws:states:eu-central-1:1:stateMachine:pay${suffix}`, 'a.1.1')).toBe(
        execution,
      );
    }
  });
});

describe('answering a token wait', () => {
  const succeed = () => createTaskReporter(client).succeed('AQC-token', { outcome: 'authorised' });

  it('sends the outcome', async () => {
    aws.reply = () => ({ body: {} });
    expect(await succeed()).toBe('sent');
    expect(aws.calls[0]).toEqual({
      operation: 'SendTaskSuccess',
      body: { taskToken: 'AQC-token', output: '{"outcome":"authorised"}' },
    });
  });

  it.each(['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'])(
    'SendTaskSuccess answers %s also for a task that is already closed: closed, not an error',
    async (error) => {
      aws.reply = () => ({ status: 400, error });
      expect(await succeed()).toBe('closed');
    },
  );

  it('may be sent again when throttled', async () => {
    aws.reply = () => ({ status: 400, error: 'ThrottlingException' });
    await expect(succeed()).rejects.toMatchObject({ name: 'TransientFault' });
  });

  it('does not put the token into the error', async () => {
    aws.reply = () => ({ status: 400, error: 'InvalidOutput' });
    const failure = succeed();
    await expect(failure).rejects.toMatchObject({ name: 'PermanentFault' });
    await expect(failure).rejects.toMatchObject({
      message: expect.not.stringContaining('AQC-token'),
    });
  });
});

describe('running the checkout', () => {
  const checkout = () => createCheckout(client, machine('checkout')).checkout({ orderId: 'a' });
  const ended = (status: string, output?: string) => {
    aws.reply = () => ({
      body: {
        executionArn: 'x',
        startDate: Number(at),
        stopDate: Number(at),
        status,
        ...(output === undefined ? {} : { output }),
      },
    });
  };

  it('answers the machine’s output', async () => {
    ended('SUCCEEDED', '{"outcome":"unavailable"}');
    expect(await checkout()).toEqual({ outcome: 'unavailable' });
    expect(aws.calls[0]?.operation).toBe('StartSyncExecution');
  });

  it.each(['FAILED', 'TIMED_OUT'])('answers nothing where it %s', async (status) => {
    ended(status);
    expect(await checkout()).toBeUndefined();
  });

  it('A synchronous run is at most once: a lost answer is not asked for again', async () => {
    aws.reply = () => ({ hangUp: true });
    await expect(checkout()).rejects.toMatchObject({ name: 'TransientFault' });
    expect(aws.calls).toHaveLength(1);
  });
});
