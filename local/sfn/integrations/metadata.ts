import { crc32 } from 'node:zlib';
import { type Json, type JsonObject, textOf } from '../json.ts';

/** One call to a service: what its answer's headers are made of. */
export interface Exchange {
  readonly requestId: string;
  /** Milliseconds. */
  readonly at: number;
}

// The orders the service writes headers in: once as they lie in its table, once by name.
const listed = [
  'Server',
  'X-Amz-Executed-Version',
  'x-amzn-Remapped-Content-Length',
  'Connection',
  'x-amzn-RequestId',
  'x-amz-crc32',
  'Content-Length',
  'Date',
  'X-Amzn-Trace-Id',
  'Content-Type',
] as const;
const byName = [
  'Connection',
  'Content-Length',
  'Content-Type',
  'Date',
  'Server',
  'x-amz-crc32',
  'X-Amz-Executed-Version',
  'x-amzn-Remapped-Content-Length',
  'x-amzn-RequestId',
  'X-Amzn-Trace-Id',
] as const;

export type Headers = Readonly<Partial<Record<(typeof listed)[number], string>>>;

/**
 * The two fields every integration of a service's own adds to the service's answer (`aws-sdk:` ones add none).
 * @param headers beside the date and the request's id
 */
export function sdkMetadata(
  { requestId, at }: Exchange,
  headers: Headers,
  status = 200,
): JsonObject {
  const all: Headers = {
    ...headers,
    'x-amzn-RequestId': requestId,
    Date: new Date(at).toUTCString(),
  };
  const lists: Record<string, Json> = {};
  for (const name of listed) if (all[name] !== undefined) lists[name] = [all[name]];
  const named: Record<string, Json> = {};
  for (const name of byName) if (all[name] !== undefined) named[name] = all[name];
  return {
    SdkHttpMetadata: { AllHttpHeaders: lists, HttpHeaders: named, HttpStatusCode: status },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  events: 'application/x-amz-json-1.1',
  sns: 'text/xml',
};

/** An answer of a service of the JSON protocols with its metadata, its fields by their names. */
export function withMetadata(answer: JsonObject, exchange: Exchange, service: string): JsonObject {
  const body = textOf(answer);
  const metadata = sdkMetadata(exchange, {
    ...(service === 'dynamodb'
      ? { Server: 'Server', Connection: 'keep-alive', 'x-amz-crc32': String(crc32(body)) }
      : {}),
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': contentTypes[service] ?? 'application/x-amz-json-1.0',
  });
  const fields = Object.entries({ ...answer, ...metadata });
  return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
