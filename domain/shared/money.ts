import * as z from 'zod';

/**
 * Currencies the shop can charge in. `decimals` says what a minor unit is, `minimum` is Stripe's smallest
 * charge in minor units (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts), `maximum`
 * Stripe's eight digits. `step` is what an amount must be a multiple of: three-decimal currencies are charged
 * in tens of the minor unit, and ISK and UGX keep two decimals that must be zero.
 */
export const currencies = {
  EUR: { decimals: 2, minimum: 50, maximum: 99_999_999, step: 1 },
  USD: { decimals: 2, minimum: 50, maximum: 99_999_999, step: 1 },
  GBP: { decimals: 2, minimum: 30, maximum: 99_999_999, step: 1 },
  CHF: { decimals: 2, minimum: 50, maximum: 99_999_999, step: 1 },
  SEK: { decimals: 2, minimum: 300, maximum: 99_999_999, step: 1 },
  PLN: { decimals: 2, minimum: 200, maximum: 99_999_999, step: 1 },
  JPY: { decimals: 0, minimum: 50, maximum: 99_999_999, step: 1 },
  ISK: { decimals: 2, minimum: 10_000, maximum: 99_999_900, step: 100 },
  KWD: { decimals: 3, minimum: 500, maximum: 99_999_990, step: 10 },
} as const satisfies Record<
  string,
  { decimals: number; minimum: number; maximum: number; step: number }
>;

export const currencySchema = z.enum(
  ['EUR', 'USD', 'GBP', 'CHF', 'SEK', 'PLN', 'JPY', 'ISK', 'KWD'],
  'must be a currency the shop charges in',
);
export type Currency = z.infer<typeof currencySchema>;

/** An amount in minor units: integer, never negative, far inside the safe integers. */
export const amountSchema = z.int().min(0).max(99_999_999_999);

export const moneySchema = z.strictObject({ amount: amountSchema, currency: currencySchema });
/** Amount in minor units of `currency`. */
export type Money = z.infer<typeof moneySchema>;

export type ChargeCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: 'below_minimum' | 'above_maximum' | 'not_a_multiple';
      readonly limit: number;
    };

/** Whether Stripe would take `money` as a charge; looked at before an order is placed, not after. */
export function checkChargeable(money: Money): ChargeCheck {
  const { minimum, maximum, step } = currencies[money.currency];
  if (money.amount < minimum) return { ok: false, reason: 'below_minimum', limit: minimum };
  if (money.amount > maximum) return { ok: false, reason: 'above_maximum', limit: maximum };
  if (money.amount % step !== 0) return { ok: false, reason: 'not_a_multiple', limit: step };
  return { ok: true };
}

/** "12.30 EUR", "900 JPY": for people, never parsed back. */
export function formatMoney(money: Money): string {
  const { decimals } = currencies[money.currency];
  if (decimals === 0) return `${money.amount} ${money.currency}`;
  const digits = String(money.amount).padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)} ${money.currency}`;
}
