import { operationsOperations } from '../../domain/api/operations.ts';
import type { RefundView } from '../../domain/payments/ports.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { readIdempotencyKey } from '../shared/http/idempotency.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** `POST /operations/orders/{orderId}/refunds`: books it; the settlement machine then asks Stripe. */
export const requestRefund: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'operations');
  const orderId = readPathId(request, 'orderId', orderIdSchema);
  const key = readIdempotencyKey(request);
  const { amount, reason } = readBody(request, operationsOperations.refund.body);
  const wish = { amount, reason, key };
  const result = await dependencies.refunds.requestRefund(orderId, wish, subject, now);
  switch (result.outcome) {
    case 'requested':
      await dependencies.nudge.outbox();
      return { status: 202, body: { refund: refundBody(result.refund) } };
    case 'too_much': {
      const refundable = { amount: result.refundable, currency: result.currency };
      throw new HttpProblem('refund-too-much', { extensions: { refundable } });
    }
    case 'not_captured':
      throw new HttpProblem('not-captured', {
        extensions: { paymentStatus: result.paymentStatus },
      });
    case 'key_reused':
      throw new HttpProblem('idempotency-key-reused');
    case 'not_found':
      throw new HttpProblem('not-found');
  }
};

export function refundBody(refund: RefundView) {
  const { amount, currency, ...rest } = refund;
  return { ...rest, amount: { amount, currency } };
}
