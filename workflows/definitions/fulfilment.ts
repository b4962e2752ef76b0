import { faultNames } from '../../domain/shared/errors.ts';
import type { Machine } from '../asl.ts';
import { voidPayment } from '../fragments/compensation.ts';
import { failed, recordFinding, toFinding } from '../fragments/finding.ts';
import { waitOn, whenOverdue } from '../fragments/overdue.ts';
import { retryOpening, retryStripe } from '../fragments/retry.ts';
import { awaitCallback, input, orderOf, step } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** Seconds after which a wait is overdue. */
const overdueAfter = { pick: 24 * 3600, delivery: 48 * 3600, return: 14 * 24 * 3600 } as const;

/** The last failed one sends the parcel back. */
const deliveryAttempts = 3;

/**
 * From a confirmed order to a delivered one: pick and pack, capture, deliver in up to three attempts. Or to an order
 * whose money is given back: voided before the capture, by the refund that `close-undelivered` asks for after it.
 */
export function fulfilment(to: References): Machine {
  return {
    Comment: 'Pick and pack, capture what was packed, deliver; or undo it and give the money back',
    QueryLanguage: 'JSONata',
    StartAt: 'OpenPickTask',
    States: {
      OpenPickTask: awaitCallback(to, {
        comment: 'Ends when the warehouse has packed or could not, or the order is cancelled',
        step: 'open-pick-task',
        payload: { ...orderOf(input), round: 1 },
        timeout: overdueAfter.pick,
        retry: retryOpening,
        catch: [
          whenOverdue({ state: 'OpenPickTask', wait: 'pick', round: 1 }),
          toFinding('OpenPickTask'),
        ],
        next: 'PickOutcome',
      }),
      PickOutcome: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'packed' %}", Next: 'CapturePayment' },
          {
            Condition: "{% $states.input.outcome in ['cancelled', 'short'] %}",
            Next: 'MarkVoiding',
          },
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
        catch: [
          { ErrorEquals: [faultNames.permanent], Next: 'UnpackOrder' },
          toFinding('CapturePayment'),
        ],
        next: 'RecordCapture',
      }),
      UnpackOrder: step(to, {
        comment: 'Stripe refuses the money: packed → cancelled, the pieces back on the shelf',
        step: 'unpack-order',
        payload: orderOf(input),
        catch: [toFinding('UnpackOrder')],
        next: 'MarkVoiding',
      }),
      RecordCapture: step(to, {
        step: 'record-capture',
        payload: { ...orderOf(input), amount: '{% $states.input.amount %}' },
        catch: [toFinding('RecordCapture')],
        assign: { attempt: 1 },
        next: 'OpenDelivery',
      }),
      OpenDelivery: awaitCallback(to, {
        comment: 'Ends when the courier reports, or the order is cancelled before one has it',
        step: 'open-delivery',
        payload: { ...orderOf(input), attempt: '{% $attempt %}' },
        timeout: overdueAfter.delivery,
        retry: retryOpening,
        catch: [
          whenOverdue({ state: 'OpenDelivery', wait: 'delivery', round: '{% $attempt %}' }),
          toFinding('OpenDelivery'),
        ],
        next: 'DeliveryOutcome',
      }),
      DeliveryOutcome: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'delivered' %}", Next: 'CompleteOrder' },
          {
            Condition: `{% $states.input.outcome = 'failed' and $attempt < ${deliveryAttempts} %}`,
            Assign: { attempt: '{% $attempt + 1 %}' },
            Next: 'OpenDelivery',
          },
          { Condition: "{% $states.input.outcome = 'failed' %}", Next: 'OpenReturn' },
          {
            Condition: "{% $states.input.outcome in ['withdrawn', 'lost'] %}",
            Next: 'CloseUndelivered',
          },
        ],
        Default: 'UnexpectedOutcome',
      },
      CompleteOrder: step(to, {
        step: 'complete-order',
        payload: orderOf(input),
        catch: [toFinding('CompleteOrder')],
      }),
      OpenReturn: awaitCallback(to, {
        comment: 'Ends when the warehouse has the parcel back, or knows it to be lost',
        step: 'open-return',
        payload: { ...orderOf(input), round: 1 },
        timeout: overdueAfter.return,
        retry: retryOpening,
        catch: [
          whenOverdue({ state: 'OpenReturn', wait: 'return', round: 1 }),
          toFinding('OpenReturn'),
        ],
        next: 'CloseUndelivered',
      }),
      CloseUndelivered: step(to, {
        comment: 'Cancelled, returned or lost: the pieces are booked, the refund starts by itself',
        step: 'close-undelivered',
        payload: { ...orderOf(input), result: '{% $states.input %}' },
        catch: [toFinding('CloseUndelivered')],
      }),
      ...waitOn(to, ['OpenPickTask', 'OpenDelivery', 'OpenReturn']),
      ...voidPayment(to, { revived: 'UnexpectedOutcome', settled: 'Done' }),
      ...recordFinding(to, { machine: 'fulfilment', order: input, next: 'Failed' }),
      Done: { Type: 'Succeed' },
      Failed: failed,
    },
  };
}
