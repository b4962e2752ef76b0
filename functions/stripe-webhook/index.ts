import { api } from '../shared/http/api.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { receive } from './receive.ts';

export const stripeWebhook = api<Dependencies>({
  name: 'stripe-webhook',
  routes: { 'POST /webhooks/stripe': receive },
});

export const handler = stripeWebhook(dependencies);
