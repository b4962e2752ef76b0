import { Agent, request } from 'node:http';

/** Calls DynamoDB and its streams with as little as they take: no SDK, no real signature. */
export interface DynamoClient {
  /** @throws DynamoError with the service's own error name */
  call(operation: string, input: unknown): Promise<unknown>;
  callStreams(operation: string, input: unknown): Promise<unknown>;
  close(): void;
}

export class DynamoError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const authorization =
  'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

export function dynamoClient(endpoint: string): DynamoClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const post = (target: string, input: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const sent = request(
        endpoint,
        {
          method: 'POST',
          agent,
          headers: {
            'x-amz-target': target,
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-date': '20260101T000000Z',
            authorization,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            try {
              const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
              if (response.statusCode === 200) resolve(answer);
              else reject(errorOf(answer));
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify(input));
    });
  return {
    call: (operation, input) => post(`DynamoDB_20120810.${operation}`, input),
    callStreams: (operation, input) => post(`DynamoDBStreams_20120810.${operation}`, input),
    close: () => agent.destroy(),
  };
}

function errorOf(answer: unknown): DynamoError {
  const { __type, message } = { __type: '', message: '', ...Object(answer) };
  return new DynamoError(String(__type).split('#').at(-1) ?? 'Error', String(message));
}
