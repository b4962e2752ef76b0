import { invalidRequest } from './errors.ts';

/**
 * Currencies, minimum charge amounts and decimals as
 * https://docs.stripe.com/currencies lists them. Amounts are minor units.
 */
// biome-ignore format: a table
const minimums: Readonly<Record<string, number>> = {
  usd: 50, aed: 200, aud: 50, brl: 50, cad: 50, chf: 50, czk: 1500, dkk: 250, eur: 50, gbp: 30,
  hkd: 400, huf: 17500, inr: 50, jpy: 50, mxn: 1000, myr: 200, nok: 300, nzd: 50, pln: 200,
  ron: 200, sek: 300, sgd: 50, thb: 1000,
};

const zeroDecimal = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);
const threeDecimal = new Set('bhd jod kwd omr tnd'.split(' '));
/** Without decimals, yet written with two: the last two digits must be 00. */
const wholeHundreds = new Set(['isk', 'ugx']);

const others =
  'afn all amd ang aoa ars awg azn bam bbd bdt bgn bmd bnd bob bsd bwp byn bzd cdf cny cop crc cve dop dzd egp etb fjd fkp gel gip gmd gtq gyd hnl htg idr ils jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mzn nad ngn nio npr pab pen pgk php pkr qar rsd rub sar sbd scr shp sle sos srd std szl tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw'.split(
    ' ',
  );
const known = new Set([
  ...Object.keys(minimums),
  ...zeroDecimal,
  ...threeDecimal,
  ...wholeHundreds,
  ...others,
]);
const largest = 99_999_999;

/** @throws StripeFault when Stripe would not charge this amount in this currency */
export function checkAmount(amount: number, currency: string, param = 'amount'): void {
  if (!known.has(currency))
    throw invalidRequest(`Invalid currency: ${currency}.`, { param: 'currency' });
  if (amount > largest)
    throw invalidRequest(`Amount must be no more than ${written(largest, currency)}`, {
      code: 'amount_too_large',
      param,
    });
  const minimum = minimums[currency] ?? 1;
  if (amount < minimum)
    throw invalidRequest(`Amount must be at least ${written(minimum, currency)}`, {
      code: 'amount_too_small',
      param,
    });
  if (threeDecimal.has(currency) && amount % 10 !== 0)
    throw invalidRequest(`The amount must be evenly divisible by 10 in ${currency}.`, { param });
  if (wholeHundreds.has(currency) && amount % 100 !== 0)
    throw invalidRequest(`The amount must be evenly divisible by 100 in ${currency}.`, { param });
}

/** `12.34 usd`, `500 jpy`: for messages. */
export function written(amount: number, currency: string): string {
  const decimals = zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2;
  return `${(amount / 10 ** decimals).toFixed(decimals)} ${currency}`;
}
