import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scopeParts, sha256, signatureOf } from '../../adapters/aws/signature.ts';
import { queueNudge } from '../../adapters/sqs/nudge.ts';
import {
  type AwsEndpoint,
  clientOf,
  type Reply,
  startAwsEndpoint,
  type Wire,
} from './aws-endpoint.ts';

let aws: AwsEndpoint;
beforeAll(async () => {
  aws = await startAwsEndpoint();
});
afterAll(async () => {
  await aws.close();
});
beforeEach(() => {
  aws.calls.length = 0;
  aws.wire.length = 0;
});

const accepted = {
  body: { MessageId: 'm', MD5OfMessageBody: '99914b932bd37a50b983c5e7c90ae93b' },
} as const;
const credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjE/+==(token)*!',
};
const region = 'eu-central-1';
const queueUrl = () => `${aws.url}/1/outbox-nudge`;
const nudge = (used: typeof credentials | Omit<typeof credentials, 'sessionToken'> = credentials) =>
  queueNudge({ region, credentials: () => used }, queueUrl())();

/** Whether the service would take it: the signature over the headers it says it covers is the one it has. */
function isSigned({ headers, text }: Wire): boolean {
  const { authorization = '', 'x-amz-date': time } = headers;
  const [, credential, names = '', signature] =
    /Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(authorization) ?? [];
  const scope = { service: 'sqs', region, time: String(time) };
  const lines = names.split(';').map((name) => `${name}:${headers[name]}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(text)].join('\n');
  return (
    credential === [credentials.accessKeyId, ...scopeParts(scope)].join('/') &&
    signature === signatureOf(canonical, scope, credentials.secretAccessKey)
  );
}

describe('a nudge', () => {
  it('is an empty message on the relay’s queue', async () => {
    aws.reply = () => accepted;
    await nudge();
    expect(aws.calls).toMatchObject([
      { operation: 'SendMessage', body: { QueueUrl: queueUrl(), MessageBody: '{}' } },
    ]);
  });

  it('is signed as the AWS SDK signs, and says what the SDK says', async () => {
    aws.reply = () => accepted;
    const { sessionToken, ...user } = credentials;
    await nudge();
    await nudge(user);
    const sdk = new SQSClient({ ...clientOf(aws), credentials });
    await sdk.send(new SendMessageCommand({ QueueUrl: queueUrl(), MessageBody: '{}' }));
    expect(aws.wire.map(isSigned)).toEqual([true, true, true]);
    const [ours, withoutToken, theirs] = aws.wire;
    expect(ours?.headers['x-amz-security-token']).toBe(sessionToken);
    expect(withoutToken?.headers).not.toHaveProperty('x-amz-security-token');
    for (const name of ['content-type', 'x-amz-target', 'x-amz-security-token', 'host']) {
      expect(ours?.headers[name], name).toBe(theirs?.headers[name]);
    }
    for (const name of ['host', 'content-type', 'x-amz-date', 'x-amz-target']) {
      const altered = aws.wire.map(({ headers, text }) => ({
        headers: { ...headers, [name]: 'altered' },
        text,
      }));
      expect(altered.slice(0, 2).map(isSigned), name).toEqual([false, false]);
    }
  });

  it.each<[string, Reply]>([
    ['a broken connection', { hangUp: true }],
    ['a failure of the service', { status: 503, error: 'ServiceUnavailable' }],
    ['a throttle', { status: 400, error: 'RequestThrottled' }],
  ])('is sent again once after %s', async (_, failure) => {
    aws.reply = () => (aws.calls.length === 1 ? failure : accepted);
    await nudge();
    expect(aws.calls).toHaveLength(2);
    aws.reply = () => failure;
    await expect(nudge()).rejects.toMatchObject({ name: 'TransientFault' });
    expect(aws.calls).toHaveLength(4);
  });

  it('that is refused is not sent again, and fails by the refusal’s name', async () => {
    aws.reply = () => ({ status: 400, error: 'QueueDoesNotExist' });
    await expect(nudge()).rejects.toMatchObject({
      name: 'PermanentFault',
      code: 'nudge_refused',
      cause: { name: 'QueueDoesNotExist' },
    });
    expect(aws.calls).toHaveLength(1);
  });
});
