import { presigned } from '../aws/presigned.ts';
import type { AwsIdentity } from '../aws/signature.ts';

/** What a password that ElastiCache takes from an IAM identity is made of. */
export interface IamSignIn extends AwsIdentity {
  readonly cacheName: string;
  /** Id and name of the user in ElastiCache, which are the same for users that sign in with IAM. */
  readonly user: string;
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
