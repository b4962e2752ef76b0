import { setTimeout as pause } from 'node:timers/promises';
import { throttled } from './faults.ts';
import { post } from './post.ts';
import { type AwsIdentity, amzDate, scopeParts, sha256, signatureOf } from './signature.ts';

/** One service that speaks AWS JSON 1.0. */
export interface AwsService {
  /** As signatures name it. */
  readonly name: string;
  /** Before the operation in `x-amz-target`. */
  readonly target: string;
}

/** What a service answered instead of a result; `awsFault` reads it as it reads the SDK's own. */
export class AwsRefusal extends Error {
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number };

  constructor(name: string, httpStatusCode: number) {
    super(name);
    this.name = name;
    this.$metadata = { httpStatusCode };
  }
}

/** How often a call is sent at most, and how many ms an answer may take. */
export interface Patience {
  readonly attempts: number;
  readonly answer: number;
}

/** As the SDK's clients are set (functions/shared/aws.ts): what is left after two is the caller's own retry. */
const usual: Patience = { attempts: 2, answer: 4000 };
/** Longest wait before the second, ms. */
const longestPause = 100;

/**
 * One call of an operation (docs/adr/0014 says which go this way, and why). Answers the JSON of its result.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 * @throws AwsRefusal; Error where there was no answer
 */
export async function jsonCall(
  identity: AwsIdentity,
  service: AwsService,
  call: { readonly origin: string; readonly operation: string; readonly input: object },
  patience = usual,
): Promise<string> {
  const url = new URL('/', call.origin);
  const body = JSON.stringify(call.input);
  const { attempts } = patience;
  for (let attempt = 1; ; attempt += 1) {
    const headers = {
      ...signed(identity, service, { host: url.host, operation: call.operation, body }, new Date()),
      'content-length': String(Buffer.byteLength(body)),
      'amz-sdk-request': `attempt=${attempt}; max=${attempts}`,
    };
    const answer = await post(url, headers, body, patience.answer).catch((error: unknown) => {
      if (attempt === attempts) throw error;
      return undefined;
    });
    if (answer?.status === 200) return answer.body;
    if (answer !== undefined) {
      const refusal = new AwsRefusal(errorName(answer.body), answer.status);
      if (attempt === attempts || !mayPass(refusal)) throw refusal;
    }
    await pause(Math.random() * longestPause);
  }
}

function mayPass({ name, $metadata: { httpStatusCode: status } }: AwsRefusal): boolean {
  return status >= 500 || status === 429 || throttled.has(name);
}

/** The headers of a POST to `/`, signed. */
export function signed(
  { region, credentials }: AwsIdentity,
  service: AwsService,
  request: { readonly host: string; readonly operation: string; readonly body: string },
  now: Date,
): Readonly<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials();
  const scope = { service: service.name, region, time: amzDate(now) };
  // In the order of their names, as they are signed.
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    host: request.host,
    'x-amz-date': scope.time,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    'x-amz-target': `${service.target}.${request.operation}`,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(request.body)].join('\n');
  const credential = [accessKeyId, ...scopeParts(scope)].join('/');
  const signature = signatureOf(canonical, scope, secretAccessKey);
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** `com.amazonaws.sqs#QueueDoesNotExist` without its namespace. */
function errorName(body: string): string {
  return /"__type"\s*:\s*"(?:[^"]*#)?([A-Za-z0-9_.]+)/.exec(body)?.[1] ?? 'UnknownError';
}
