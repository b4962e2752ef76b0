import { type AwsCredentials, amzDate, scopeParts, sha256, signatureOf } from '../aws/signature.ts';

/** What a password that ElastiCache takes from an IAM identity is made of. */
export interface IamSignIn {
  readonly cacheName: string;
  /** Id and name of the user in ElastiCache, which are the same for users that sign in with IAM. */
  readonly user: string;
  readonly region: string;
  /** Asked for every connection, since credentials end. */
  readonly credentials: () => AwsCredentials;
}

/**
 * The password of one connection to a serverless cache: a presigned request without its scheme, made offline, good
 * for 15 minutes. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 */
export function cachePassword(signIn: IamSignIn, now: Date): string {
  return presigned({
    host: signIn.cacheName,
    service: 'elasticache',
    region: signIn.region,
    query: { Action: 'connect', User: signIn.user, ResourceType: 'ServerlessCache' },
    credentials: signIn.credentials(),
    now,
  });
}

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
