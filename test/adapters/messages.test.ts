import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { callsOf, createPublisher } from '../../adapters/eventbridge/publisher.ts';
import { readSecret } from '../../adapters/secrets/secret.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import { type AwsEndpoint, clientOf, startAwsEndpoint } from './aws-endpoint.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await startAwsEndpoint();
});
afterAll(async () => {
  await aws.close();
});
beforeEach(() => {
  aws.calls.length = 0;
});

const entry = (id: number, size = 10) => ({
  source: 'kassa.orders',
  type: 'OrderPlaced',
  detail: { id, text: 'x'.repeat(size) },
});
const entries = (count: number, size?: number) =>
  Array.from({ length: count }, (_, id) => entry(id, size));
const putSchema = z.object({ Entries: z.array(z.object({ Detail: z.string() })) });

describe('publishing', () => {
  const publish = (count: number) =>
    createPublisher(new EventBridgeClient(clientOf(aws)), 'kassa').publish(entries(count));

  it('PutEvents answers 200 and took only some: each entry is told apart, in order', async () => {
    aws.reply = () => ({
      body: {
        FailedEntryCount: 1,
        Entries: [{ EventId: 'a' }, { ErrorCode: 'InternalFailure' }, { EventId: 'c' }],
      },
    });
    expect(await publish(3)).toEqual([true, false, true]);
  });

  it('sends ten at a time, and one call that fails costs its own entries only', async () => {
    aws.reply = ({ body }) => {
      const { Entries: sent } = putSchema.parse(body);
      return sent.some((each) => each.Detail.includes('"id":12'))
        ? { status: 500, error: 'InternalException' }
        : { body: { FailedEntryCount: 0, Entries: sent.map(() => ({ EventId: 'e' })) } };
    };
    const taken = await publish(25);
    expect(aws.calls.map((call) => putSchema.parse(call.body).Entries.length)).toEqual([10, 10, 5]);
    expect(taken).toEqual([
      ...Array.from({ length: 10 }, () => true),
      ...Array.from({ length: 10 }, () => false),
      ...Array.from({ length: 5 }, () => true),
    ]);
  });

  it('names bus, source and type, and sends the detail as it stands', async () => {
    aws.reply = () => ({ body: { FailedEntryCount: 0, Entries: [{ EventId: 'a' }] } });
    await publish(1);
    expect(aws.calls[0]?.body['Entries']).toEqual([
      {
        EventBusName: 'kassa',
        Source: 'kassa.orders',
        DetailType: 'OrderPlaced',
        Detail: JSON.stringify(entry(0).detail),
      },
    ]);
  });

  it('keeps each call below what EventBridge takes in bytes, losing and reordering nothing', () => {
    const calls = callsOf(entries(9, 100_000));
    expect(calls.map((call) => call.length)).toEqual([2, 2, 2, 2, 1]);
    expect(calls.flat().map((each) => JSON.parse(each.detail).id)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });

  it('sends an entry too large for any call alone, so that it harms no other', () => {
    const calls = callsOf([entry(1), entry(2, 300_000), entry(3)]);
    expect(calls.map((call) => call.length)).toEqual([1, 1, 1]);
  });
});

describe('a nudge', () => {
  it('is an empty message on the relay’s queue', async () => {
    aws.reply = () => ({
      body: { MessageId: 'm', MD5OfMessageBody: '99914b932bd37a50b983c5e7c90ae93b' },
    });
    await queueNudge(new SQSClient(clientOf(aws)), `${aws.url}/1/outbox-nudge`)();
    expect(aws.calls).toMatchObject([
      {
        operation: 'SendMessage',
        body: { QueueUrl: `${aws.url}/1/outbox-nudge`, MessageBody: '{}' },
      },
    ]);
  });

  it('that is not taken fails by name', async () => {
    aws.reply = () => ({ hangUp: true });
    const nudge = queueNudge(new SQSClient(clientOf(aws)), `${aws.url}/1/outbox-nudge`);
    await expect(nudge()).rejects.toMatchObject({ name: 'TransientFault' });
  });
});

describe('a secret', () => {
  const schema = z.object({ secretKey: z.string().min(1) });
  const read = () => readSecret(new SecretsManagerClient(clientOf(aws)), 'arn:secret', schema);

  it('is read and parsed', async () => {
    aws.reply = () => ({ body: { SecretString: '{"secretKey":"sk_test_1","more":1}' } });
    expect(await read()).toEqual({ secretKey: 'sk_test_1' });
  });

  it.each(['{"key":"sk_live_hidden"}', 'sk_live_hidden', '{"secretKey":["sk_live_hidden"]}'])(
    'of another form fails as something to put right, without telling what it holds: %s',
    async (text) => {
      aws.reply = () => ({ body: { SecretString: text } });
      const failure: unknown = await read().catch((error: unknown) => error);
      expect(failure).toMatchObject({ name: 'NotYetFault', code: 'bad_secret' });
      expect(JSON.stringify([failure, String(failure)])).not.toContain('sk_live_hidden');
    },
  );

  it.each(['AccessDeniedException', 'ResourceNotFoundException'])(
    'that may not be read says nothing about what it was wanted for: %s',
    async (error) => {
      aws.reply = () => ({ status: 400, error });
      await expect(read()).rejects.toMatchObject({ name: 'NotYetFault', code: 'secret_refused' });
    },
  );

  it('that cannot be had just now may be asked for again', async () => {
    aws.reply = () => ({ status: 500, error: 'InternalServiceError' });
    await expect(read()).rejects.toMatchObject({ name: 'TransientFault' });
  });
});
