import { createHash } from 'node:crypto';
import type { Address } from '../../domain/orders/checkout.ts';
import type { CheckoutStore } from '../../domain/orders/ports.ts';
import { orderSteps } from '../../domain/orders/steps.ts';
import { type AddressId, addressIdSchema, type Subject } from '../../domain/shared/ids.ts';
import { call, json } from './call.ts';
import type { Sql } from './client.ts';

export function createCheckoutStore(sql: Sql): CheckoutStore {
  return {
    keepAddress: (customerId, address, now) =>
      call(
        addressIdSchema,
        () => sql`select kassa.keep_address(${addressIdOf(customerId, address)}, ${customerId},
          ${json(address)}::text::jsonb, ${now}) as result`,
      ),
    placeOrder: (command, now, expiresAt) =>
      call(
        orderSteps['place-order'].output,
        () =>
          sql`select kassa.place_order(${json(command)}::text::jsonb, ${now}, ${expiresAt}) as result`,
      ),
    recordIntent: (command, now) =>
      call(
        orderSteps['record-intent'].output,
        () => sql`select kassa.record_intent(${command.orderId}, ${command.generation},
          ${command.paymentIntentId}, ${command.clientSecret}, ${now}) as result`,
      ),
    releaseOrder: (command, now) =>
      call(
        orderSteps['release-order'].output,
        () => sql`select kassa.release_order(${command.orderId}, ${command.generation},
          ${command.intentUnknown}, ${now}) as result`,
      ),
  };
}

/** The same address of the same customer has the same id: a UUID (version 8, one's own making) of their hash. */
export function addressIdOf(customerId: Subject, address: Address): AddressId {
  const { recipient, line1, line2, postalCode, city, country, phone } = address;
  const content = [customerId, recipient, line1, line2, postalCode, city, country, phone];
  const hex = createHash('sha256')
    .update(JSON.stringify(content.map((part) => part ?? null)))
    .digest('hex');
  return addressIdSchema.parse(
    [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `8${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-'),
  );
}
