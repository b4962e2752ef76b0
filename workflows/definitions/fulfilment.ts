import type { Machine } from '../asl.ts';
import { voidPayment } from '../fragments/compensation.ts';
import { failed, recordFinding, toFinding } from '../fragments/finding.ts';
import { retryStripe } from '../fragments/retry.ts';
import { awaitCallback, input, orderOf, step } from '../fragments/step.ts';
import type { References } from '../references.ts';

const week = 7 * 24 * 3600;

/** From a confirmed order to a delivered one: pick and pack, capture, deliver. */
export function fulfilment(to: References): Machine {
  return {
    Comment: 'Pick and pack, capture what was packed, deliver; or void when the order is cancelled',
    QueryLanguage: 'JSONata',
    StartAt: 'OpenPickTask',
    States: {
      OpenPickTask: awaitCallback(to, {
        comment: 'Overdue picks go on waiting',
        step: 'open-pick-task',
        payload: { ...orderOf(input), round: 1 },
        timeout: week,
        again: 40,
        catch: [toFinding('OpenPickTask')],
        next: 'PickOutcome',
      }),
      PickOutcome: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'packed' %}", Next: 'CapturePayment' },
          { Condition: "{% $states.input.outcome = 'cancelled' %}", Next: 'MarkVoiding' },
        ],
        Default: 'UnexpectedOutcome',
      },
      CapturePayment: step(to, {
        step: 'capture-payment',
        payload: {
          ...orderOf(input),
          paymentIntentId: '{% $states.input.paymentIntentId %}',
          amount: '{% $states.input.captureAmount %}',
          currency: '{% $states.input.currency %}',
        },
        retry: retryStripe,
        catch: [toFinding('CapturePayment')],
        next: 'RecordCapture',
      }),
      RecordCapture: step(to, {
        step: 'record-capture',
        payload: { ...orderOf(input), amount: '{% $states.input.amount %}' },
        catch: [toFinding('RecordCapture')],
        next: 'OpenDelivery',
      }),
      OpenDelivery: awaitCallback(to, {
        comment: 'Overdue deliveries go on waiting',
        step: 'open-delivery',
        payload: { ...orderOf(input), attempt: 1 },
        timeout: week,
        again: 40,
        catch: [toFinding('OpenDelivery')],
        next: 'DeliveryOutcome',
      }),
      DeliveryOutcome: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'delivered' %}", Next: 'CompleteOrder' },
        ],
        Default: 'UnexpectedOutcome',
      },
      CompleteOrder: step(to, {
        step: 'complete-order',
        payload: orderOf(input),
        catch: [toFinding('CompleteOrder')],
      }),
      ...voidPayment(to, { revived: 'UnexpectedOutcome', settled: 'Done' }),
      ...recordFinding(to, { machine: 'fulfilment', order: input, next: 'Failed' }),
      Done: { Type: 'Succeed' },
      Failed: failed,
    },
  };
}
