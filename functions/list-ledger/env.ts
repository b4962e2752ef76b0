import { readEnv } from '../shared/env.ts';
import { stripeEnvSchema } from '../shared/stripe.ts';

export const environment = () => readEnv(stripeEnvSchema);
