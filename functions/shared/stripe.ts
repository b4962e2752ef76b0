import * as z from 'zod';

/** The environment of the steps that call Stripe. */
export const stripeEnvSchema = z.object({
  STRIPE_SECRET_ARN: z.string().min(1),
  /** Another server that speaks Stripe's API. */
  STRIPE_API_BASE: z.url().optional(),
});

/** What the secret holds. */
export const stripeSecretSchema = z.object({ secretKey: z.string().min(1) });
