import type { Catcher, States } from '../asl.ts';
import type { References } from '../references.ts';
import { toFinding } from './finding.ts';
import { retryStripe } from './retry.ts';
import { input, orderOf, step } from './step.ts';

interface VoidOptions {
  /** Where to when nothing may be voided because the order lives again. */
  readonly revived: string;
  /** Where to when somebody else has voided or captured it. */
  readonly settled: string;
}

/**
 * Gives back money that was not captured: mark the payment `voiding`, from where it is never revived; cancel the
 * intent; record it. Starts at MarkVoiding and ends the machine with RecordVoided.
 */
export function voidPayment(to: References, options: VoidOptions): States {
  const find = (state: string): readonly Catcher[] => [toFinding(state)];
  return {
    MarkVoiding: step(to, {
      step: 'mark-voiding',
      payload: orderOf(input),
      catch: find('MarkVoiding'),
      next: 'MayBeVoided',
    }),
    MayBeVoided: {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input.outcome = 'voiding' %}", Next: 'CancelIntent' },
        { Condition: "{% $states.input.outcome = 'revived' %}", Next: options.revived },
        { Condition: "{% $states.input.outcome = 'settled' %}", Next: options.settled },
      ],
      Default: 'UnexpectedOutcome',
    },
    CancelIntent: step(to, {
      step: 'cancel-intent',
      payload: {
        ...orderOf(input),
        paymentIntentId: '{% $states.input.paymentIntentId %}',
        amount: '{% $states.input.amount %}',
        currency: '{% $states.input.currency %}',
      },
      retry: retryStripe,
      catch: find('CancelIntent'),
      next: 'RecordVoided',
    }),
    RecordVoided: step(to, {
      step: 'record-voided',
      payload: { ...orderOf(input), paymentIntentId: '{% $states.input.paymentIntentId %}' },
      catch: find('RecordVoided'),
    }),
    UnexpectedOutcome: {
      Type: 'Pass',
      Assign: {
        failure: {
          state: '{% $states.context.State.Name %}',
          error: "{% 'UnexpectedOutcome: ' & $substring($string($states.input.outcome), 0, 100) %}",
        },
      },
      Next: 'RecordFinding',
    },
  };
}
