import type { Machine } from '../asl.ts';
import { voidPayment } from '../fragments/compensation.ts';
import { failed, recordFinding, toFinding } from '../fragments/finding.ts';
import { retryWait } from '../fragments/retry.ts';
import { awaitCallback, input, orderOf, startMachine, step } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** From a recorded intent to a confirmed order, or to money given back. */
export function payment(to: References): Machine {
  return {
    Comment: 'Waits for the payment, confirms the order and starts fulfilment, or voids',
    QueryLanguage: 'JSONata',
    StartAt: 'AwaitPayment',
    States: {
      AwaitPayment: awaitCallback(to, {
        comment: 'A backstop far longer than the payment window: expiry alone decides expiry',
        step: 'await-payment',
        payload: orderOf(input),
        timeout: 6 * 3600,
        retry: retryWait(27),
        catch: [toFinding('AwaitPayment')],
        next: 'PaymentOutcome',
      }),
      PaymentOutcome: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'authorised' %}", Next: 'ConfirmOrder' },
          {
            Condition: "{% $states.input.outcome in ['expired', 'cancelled', 'intent_canceled'] %}",
            Next: 'MarkVoiding',
          },
        ],
        Default: 'UnexpectedOutcome',
      },
      ConfirmOrder: step(to, {
        comment: 'authorised → confirmed, unless the order was cancelled or expired meanwhile',
        step: 'confirm-order',
        payload: orderOf(input),
        catch: [toFinding('ConfirmOrder')],
        next: 'IsConfirmed',
      }),
      IsConfirmed: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'confirmed' %}", Next: 'StartFulfilment' },
          { Condition: "{% $states.input.outcome = 'lost' %}", Next: 'MarkVoiding' },
        ],
        Default: 'UnexpectedOutcome',
      },
      StartFulfilment: startMachine(to, {
        comment: 'Expiry starts what this could not; the finding tells why it had to',
        machine: 'fulfilment',
        order: input,
        next: 'Done',
        otherwise: toFinding('StartFulfilment'),
      }),
      ...voidPayment(to, { revived: 'ConfirmOrder', settled: 'Done' }),
      ...recordFinding(to, { machine: 'payment', order: input, next: 'Failed' }),
      Done: { Type: 'Succeed' },
      Failed: failed,
    },
  };
}
