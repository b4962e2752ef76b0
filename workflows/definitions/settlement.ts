import { faultNames } from '../../domain/shared/errors.ts';
import type { Machine } from '../asl.ts';
import { voidPayment } from '../fragments/compensation.ts';
import { failed, recordFinding, toFinding } from '../fragments/finding.ts';
import { retryStripe } from '../fragments/retry.ts';
import { input, orderOf, step } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** Gives money back where the order has no execution of its own to do it: voids, and every refund. */
export function settlement(to: References): Machine {
  return {
    Comment: 'Voids money that came too late, or makes a refund that is on the books',
    QueryLanguage: 'JSONata',
    StartAt: 'VoidOrRefund',
    States: {
      VoidOrRefund: {
        Type: 'Choice',
        Choices: [
          { Condition: `{% ${input}.kind = 'refund' %}`, Next: 'RefundPayment' },
          {
            Condition: `{% $not($exists(${input}.kind)) or ${input}.kind = 'void' %}`,
            Next: 'MarkVoiding',
          },
        ],
        Default: 'UnexpectedOutcome',
      },
      RefundPayment: step(to, {
        step: 'refund-payment',
        payload: {
          ...orderOf(input),
          refundId: `{% ${input}.refundId %}`,
          paymentIntentId: `{% ${input}.paymentIntentId %}`,
          amount: `{% ${input}.amount %}`,
          currency: `{% ${input}.currency %}`,
        },
        retry: retryStripe,
        catch: [
          {
            // Stripe will not have it: the books say so, and keep the finding.
            ErrorEquals: [faultNames.permanent],
            Output: { stripeRefundId: null, status: 'failed', failureReason: 'refused' },
            Next: 'RecordRefund',
          },
          toFinding('RefundPayment'),
        ],
        next: 'RecordRefund',
      }),
      RecordRefund: step(to, {
        comment: 'What becomes of a pending refund, its webhooks tell',
        step: 'record-refund',
        payload: {
          ...orderOf(input),
          refundId: `{% ${input}.refundId %}`,
          stripeRefundId: '{% $states.input.stripeRefundId %}',
          status: '{% $states.input.status %}',
          failureReason: '{% $states.input.failureReason %}',
        },
        catch: [toFinding('RecordRefund')],
      }),
      ...voidPayment(to, { revived: 'Done', settled: 'Done' }),
      ...recordFinding(to, { machine: 'settlement', order: input, next: 'Failed' }),
      Done: { Type: 'Succeed' },
      Failed: failed,
    },
  };
}
