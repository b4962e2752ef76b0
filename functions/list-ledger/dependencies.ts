import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readSecret } from '../../adapters/secrets/secret.ts';
import { createStripe } from '../../adapters/stripe/client.ts';
import { createStripeLedger } from '../../adapters/stripe/ledger.ts';
import type { StripeLedger } from '../../domain/payments/ledger.ts';
import { awsClient } from '../shared/aws.ts';
import { stripeSecretSchema } from '../shared/stripe.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly ledger: Pick<StripeLedger, 'list'>;
}

export async function dependencies(): Promise<Dependencies> {
  const env = environment();
  const secrets = new SecretsManagerClient(awsClient);
  const { secretKey } = await readSecret(secrets, env.STRIPE_SECRET_ARN, stripeSecretSchema);
  return { ledger: createStripeLedger(createStripe(secretKey, env.STRIPE_API_BASE)) };
}
