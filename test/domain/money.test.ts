import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkChargeable,
  currencies,
  currencySchema,
  formatMoney,
  moneySchema,
} from '../../domain/shared/money.ts';

const currency = fc.constantFrom(...currencySchema.options);

describe('money', () => {
  it('lists the same currencies in the table and in the schema', () => {
    expect(Object.keys(currencies).sort()).toEqual([...currencySchema.options].sort());
  });

  it.each([
    [{ amount: 49, currency: 'EUR' }, 'below_minimum', 50],
    [{ amount: 299, currency: 'SEK' }, 'below_minimum', 300],
    [{ amount: 100_000_000, currency: 'EUR' }, 'above_maximum', 99_999_999],
    [{ amount: 10_050, currency: 'ISK' }, 'not_a_multiple', 100],
    [{ amount: 505, currency: 'KWD' }, 'not_a_multiple', 10],
  ] as const)(
    'An amount under Stripe’s minimum, a currency without decimals: refuses %o',
    (money, reason, limit) => {
      expect(checkChargeable(money)).toEqual({ ok: false, reason, limit });
    },
  );

  it.each([
    { amount: 50, currency: 'EUR' },
    { amount: 50, currency: 'JPY' },
    { amount: 10_000, currency: 'ISK' },
    { amount: 510, currency: 'KWD' },
    { amount: 99_999_999, currency: 'USD' },
  ] as const)('takes %o', (money) => {
    expect(checkChargeable(money)).toEqual({ ok: true });
  });

  it('takes exactly the amounts between the limits that are a multiple of the step', () => {
    fc.assert(
      fc.property(currency, fc.integer({ min: 0, max: 120_000_000 }), (code, amount) => {
        const { minimum, maximum, step } = currencies[code];
        const chargeable = amount >= minimum && amount <= maximum && amount % step === 0;
        expect(checkChargeable({ amount, currency: code }).ok).toBe(chargeable);
      }),
    );
  });

  it.each([
    [{ amount: 1230, currency: 'EUR' }, '12.30 EUR'],
    [{ amount: 5, currency: 'EUR' }, '0.05 EUR'],
    [{ amount: 900, currency: 'JPY' }, '900 JPY'],
    [{ amount: 1500, currency: 'KWD' }, '1.500 KWD'],
    [{ amount: 0, currency: 'USD' }, '0.00 USD'],
  ] as const)('writes %o for people', (money, text) => {
    expect(formatMoney(money)).toBe(text);
  });

  it('writes every minor unit, with as many decimals as the currency has', () => {
    fc.assert(
      fc.property(currency, fc.integer({ min: 0, max: 99_999_999 }), (code, amount) => {
        const [number = ''] = formatMoney({ amount, currency: code }).split(' ');
        expect(Number(number.replace('.', ''))).toBe(amount);
        expect(number.split('.')[1]?.length ?? 0).toBe(currencies[code].decimals);
      }),
    );
  });

  it.each([{ amount: -1 }, { amount: 1.5 }, { amount: '100' }, { amount: 2 ** 53 }, { extra: 1 }])(
    'does not parse %o',
    (change) => {
      expect(moneySchema.safeParse({ amount: 100, currency: 'EUR', ...change }).success).toBe(
        false,
      );
    },
  );
});
