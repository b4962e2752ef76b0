import * as z from 'zod';

/**
 * How much a third party may ask for: requests a second, how many at once above that, requests a month. API Gateway
 * counts, by the best it can: an allowance is no protection against an attack.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
 */
export const plans = {
  standard: { rate: 10, burst: 20, monthly: 100_000 },
  plus: { rate: 50, burst: 100, monthly: 2_000_000 },
} as const satisfies Record<
  string,
  { readonly rate: number; readonly burst: number; readonly monthly: number }
>;

export const planNameSchema = z.enum(['standard', 'plus']);
export type PlanName = z.infer<typeof planNameSchema>;

/** A place in a plan. API Gateway counts by place, so each third party has its own. */
export const slotSchema = z.int().min(1).max(5000);

/** What the gateway counts under: a plan's place, or for everybody who signed in the one that has no limits. */
export type Allowance =
  | { readonly plan: PlanName; readonly slot: number }
  | { readonly plan: 'people' };

/**
 * The value of the API Gateway key of an allowance. It opens nothing: the API takes it from its authorizer alone.
 * 20 to 128 letters and digits, and one for each stage of an account.
 */
export function usageKey(stage: string, allowance: Allowance): string {
  const place = 'slot' in allowance ? `${allowance.plan}Z${allowance.slot}` : allowance.plan;
  // Stage names have no capitals, so a capital can stand for what a key may not hold.
  return `kassaUsageKeyZ${stage.replaceAll('-', 'X')}Z${place}`;
}
