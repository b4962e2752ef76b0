import { crc32 } from 'node:zlib';
import type { Json, JsonObject } from '../json.ts';

/** One call to a service: what its answer's headers are made of. */
export interface Exchange {
  readonly requestId: string;
  /** Milliseconds. */
  readonly at: number;
}

/**
 * The two fields every integration of a service's own adds to the service's answer (`aws-sdk:` ones add none).
 * @param headers beside the date and the request's id
 */
export function sdkMetadata(
  { requestId, at }: Exchange,
  headers: Readonly<Record<string, string>>,
  status = 200,
): JsonObject {
  const all = {
    ...headers,
    'x-amzn-RequestId': requestId,
    Date: new Date(at).toUTCString(),
  };
  const lists: Record<string, Json> = {};
  for (const [name, value] of Object.entries(all)) lists[name] = [value];
  return {
    SdkHttpMetadata: { AllHttpHeaders: lists, HttpHeaders: all, HttpStatusCode: status },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  events: 'application/x-amz-json-1.1',
  sns: 'text/xml',
};

/** The same for services of the JSON protocols, whose answer was `body`. */
export function jsonMetadata(exchange: Exchange, service: string, body: string): JsonObject {
  return sdkMetadata(exchange, {
    ...(service === 'dynamodb'
      ? { Server: 'Server', Connection: 'keep-alive', 'x-amz-crc32': String(crc32(body)) }
      : {}),
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': contentTypes[service] ?? 'application/x-amz-json-1.0',
  });
}
