import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccountRecovery,
  CfnUserPoolGroup,
  Mfa,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accept.ts';
import type { Stage } from '../stages.ts';

export const groups = {
  customer: 'Buys',
  warehouse: 'Picks and packs',
  courier: 'Delivers',
  operations: 'Sees every order and settles findings',
} as const;

/** Who may sign in. */
export class IdentityStack extends Stack {
  readonly pool: UserPool;
  readonly client: UserPoolClient;

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: 'Kassa: users and their groups' });
    this.pool = new UserPool(this, 'users', {
      userPoolName: `kassa-${stage.name}`,
      signInAliases: { email: true },
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      mfa: Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      deletionProtection: stage.keepsData,
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    accept(this.pool, {
      COG2: 'whoever wants a second factor has one; a shop that demands it of every buyer has none',
      COG8: 'threat protection is priced by user and month: the firewall limits and knows bad addresses, and a stolen password reaches no card, since Stripe keeps those',
    });
    for (const [name, description] of Object.entries(groups)) {
      new CfnUserPoolGroup(this, `${name}-group`, {
        userPoolId: this.pool.userPoolId,
        groupName: name,
        description,
      });
    }
    this.client = this.pool.addClient('clients', {
      // With a password by whom IAM lets: the smoke test, which has no business in prod.
      authFlows: { userSrp: true, adminUserPassword: !stage.keepsData },
      disableOAuth: true,
      accessTokenValidity: Duration.minutes(60),
      refreshTokenValidity: Duration.days(30),
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
    });
    new CfnOutput(this, 'UserPoolId', { value: this.pool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: this.client.userPoolClientId });
  }
}
