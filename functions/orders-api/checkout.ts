import type * as z from 'zod';
import { orderOperations } from '../../domain/api/orders.ts';
import {
  type CheckoutOutput,
  type checkoutInputSchema,
  checkoutOutputSchema,
} from '../../domain/orders/steps.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireAccess } from '../shared/http/caller.ts';
import { readIdempotencyKey } from '../shared/http/idempotency.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { ApiResponse } from '../shared/http/response.ts';
import { bodyHash } from './body-hash.ts';
import type { Dependencies } from './dependencies.ts';
import { newOrderId } from './order-id.ts';

/** `POST /orders`: everything is checked before anything is written. */
export const checkout: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireAccess(request, orderOperations.checkout);
  const idempotencyKey = readIdempotencyKey(request);
  const body = readBody(request, orderOperations.checkout.body);

  const { shippingAddress, ...order } = body;
  const addressId = await dependencies.addresses.keepAddress(subject, shippingAddress, now);
  const input: z.input<typeof checkoutInputSchema> = {
    ...order,
    orderId: newOrderId(now, dependencies.randomness()),
    customerId: subject,
    idempotencyKey,
    bodyHash: bodyHash(body),
    addressId,
    correlationId: request.correlationId,
  };
  const output = await dependencies.machines.checkout(input);
  if (output === undefined) {
    throw new HttpProblem('outcome-unknown', { headers: { 'retry-after': '2' } });
  }
  return answer(checkoutOutputSchema.parse(output), request.path);
};

/** The answer is made of the order alone, so that a repeated request gets the same bytes. */
function answer(output: CheckoutOutput, path: string): ApiResponse {
  switch (output.outcome) {
    case 'placed':
      return {
        status: 201,
        headers: { location: `${path}/${output.orderId}` },
        body: {
          orderId: output.orderId,
          total: { amount: output.total, currency: output.currency },
          expiresAt: output.expiresAt,
        },
      };
    case 'unavailable':
      throw new HttpProblem('payment-unavailable', { headers: { 'retry-after': '5' } });
    case 'short':
      throw new HttpProblem('out-of-stock', { extensions: { shortages: output.shortages } });
    case 'total_changed':
      throw new HttpProblem('total-changed', { extensions: { total: output.total } });
    case 'key_reused':
      throw new HttpProblem('idempotency-key-reused');
    case 'unknown_sku':
      throw new HttpProblem('unknown-products', { extensions: { skus: output.skus } });
    case 'mixed_currencies':
      throw new HttpProblem('mixed-currencies', { extensions: { currencies: output.currencies } });
    case 'not_chargeable': {
      const { total, reason, limit } = output;
      throw new HttpProblem('not-chargeable', { extensions: { total, reason, limit } });
    }
  }
}
