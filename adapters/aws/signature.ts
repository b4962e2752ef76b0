import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** As whom and where a worker calls AWS. */
export interface AwsIdentity {
  readonly region: string;
  /** Asked for every signature, since credentials end. */
  readonly credentials: () => AwsCredentials;
}

/** What a signature is good for. */
export interface Scope {
  readonly service: string;
  readonly region: string;
  /** As in `x-amz-date`. */
  readonly time: string;
}

/** `20261102T100000Z` */
export function amzDate(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
}

export function scopeParts({ service, region, time }: Scope): readonly string[] {
  return [time.slice(0, 8), region, service, 'aws4_request'];
}

/**
 * Signature Version 4 of a canonical request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureOf(canonical: string, scope: Scope, secretAccessKey: string): string {
  const parts = scopeParts(scope);
  const toSign = ['AWS4-HMAC-SHA256', scope.time, parts.join('/'), sha256(canonical)].join('\n');
  return createHmac('sha256', keyOf(parts, secretAccessKey)).update(toSign).digest('hex');
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

let last: { readonly made: string; readonly key: Buffer } | undefined;

/** The same for a day, so the one made last is kept. */
function keyOf(parts: readonly string[], secretAccessKey: string): Buffer {
  const made = [...parts, secretAccessKey].join('\n');
  if (last?.made === made) return last.key;
  const key = parts.reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  last = { made, key };
  return key;
}
