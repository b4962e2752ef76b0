import { type AwsCredentials, amzDate, scopeParts, sha256, signatureOf } from './signature.ts';

/**
 * A GET of `/`, signed in its query (Signature Version 4) for 900 seconds, without `https://`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function presigned(request: {
  readonly host: string;
  readonly service: string;
  readonly region: string;
  readonly query: Readonly<Record<string, string>>;
  readonly credentials: AwsCredentials;
  readonly now: Date;
}): string {
  const { host, service, region, credentials } = request;
  const scope = { service, region, time: amzDate(request.now) };
  const query = Object.entries({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [credentials.accessKeyId, ...scopeParts(scope)].join('/'),
    'X-Amz-Date': scope.time,
    'X-Amz-Expires': '900',
    ...(credentials.sessionToken === undefined
      ? {}
      : { 'X-Amz-Security-Token': credentials.sessionToken }),
    'X-Amz-SignedHeaders': 'host',
  })
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', '/', query, `host:${host}\n`, 'host', sha256('')].join('\n');
  const signature = signatureOf(canonical, scope, credentials.secretAccessKey);
  return `${host}/?${query}&X-Amz-Signature=${signature}`;
}

/** Everything but RFC 3986's unreserved characters. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
