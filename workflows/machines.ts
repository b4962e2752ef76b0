import type { Machine } from './asl.ts';
import { checkout } from './definitions/checkout.ts';
import { expiry } from './definitions/expiry.ts';
import { fulfilment } from './definitions/fulfilment.ts';
import { payment } from './definitions/payment.ts';
import { reconciliation } from './definitions/reconciliation.ts';
import { settlement } from './definitions/settlement.ts';
import type { MachineName, References } from './references.ts';

/** Every machine's definition. */
export const definitions: Readonly<Record<MachineName, (to: References) => Machine>> = {
  checkout,
  payment,
  fulfilment,
  settlement,
  expiry,
  reconciliation,
};
