import type { DeployedApi } from './api.ts';

/** Both sides of the webhook's signature are on this laptop. */
export const stripeSigningSecret = 'whsec_kassa_local';

/** Where Stripe's events go: the one POST route whose path speaks of Stripe. */
export function webhookOf(
  apis: readonly DeployedApi[],
  apiUrl: string,
): { readonly webhook?: { readonly url: string; readonly secret: string } } {
  const route = apis[0]?.routes.find((one) => /^POST .*stripe/.test(one));
  if (route === undefined) return {};
  const url = `${apiUrl}${route.slice('POST '.length)}`;
  return { webhook: { url, secret: stripeSigningSecret } };
}
