import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

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
  const time = request.now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const query = Object.entries({
    ...request.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [credentials.accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
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
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return `${host}/?${query}&X-Amz-Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Everything but RFC 3986's unreserved characters. */
function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
