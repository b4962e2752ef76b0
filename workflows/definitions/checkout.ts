import { faultNames } from '../../domain/shared/errors.ts';
import type { Machine } from '../asl.ts';
import { recordFinding, toFinding } from '../fragments/finding.ts';
import { refusedForNow, retryRefusals, retryShort, retryStartShort } from '../fragments/retry.ts';
import { input, orderOf, startMachine, step } from '../fragments/step.ts';
import type { References } from '../references.ts';

/** Seconds; the same as in the ladder of infra/functions.ts. */
const checkoutTimeout = 20;

const isPlaced = "$states.input.outcome in ['placed', 'existing']";

/** Express, called synchronously while a customer waits: from a cart to an order with a PaymentIntent. */
export function checkout(to: References): Machine {
  return {
    Comment:
      'Prices the cart, places the order, makes and records its PaymentIntent, starts payment',
    QueryLanguage: 'JSONata',
    StartAt: 'PriceCart',
    TimeoutSeconds: checkoutTimeout,
    States: {
      PriceCart: step(to, {
        step: 'price-cart',
        payload: `{% { 'items': ${input}.items, 'expectedTotal': ${input}.expectedTotal, 'correlationId': ${input}.correlationId } %}`,
        timeout: 5,
        retry: retryShort,
        next: 'IsPriced',
      }),
      IsPriced: {
        Type: 'Choice',
        Choices: [{ Condition: "{% $states.input.outcome = 'priced' %}", Next: 'PlaceOrder' }],
        Default: 'Refused',
      },
      PlaceOrder: step(to, {
        comment:
          'Order and reservation in one transaction. Should its answer be lost, the same key finds the order, and an order nobody pays expires',
        step: 'place-order',
        payload: {
          orderId: `{% ${input}.orderId %}`,
          customerId: `{% ${input}.customerId %}`,
          idempotencyKey: `{% ${input}.idempotencyKey %}`,
          bodyHash: `{% ${input}.bodyHash %}`,
          addressId: `{% ${input}.addressId %}`,
          shortagePolicy: `{% ${input}.shortagePolicy %}`,
          correlationId: `{% ${input}.correlationId %}`,
          cart: '{% $states.input.cart %}',
        },
        timeout: 5,
        retry: retryShort,
        assign: { order: '{% $states.result.Payload %}', intentUnknown: true },
        next: 'IsPlaced',
      }),
      IsPlaced: {
        Type: 'Choice',
        Choices: [
          { Condition: `{% ${isPlaced} and $states.input.intentRecorded %}`, Next: 'Placed' },
          { Condition: `{% ${isPlaced} %}`, Next: 'CreateIntent' },
        ],
        Default: 'Refused',
      },
      CreateIntent: step(to, {
        step: 'create-intent',
        payload: {
          ...orderOf('$order'),
          amount: '{% $order.total %}',
          currency: '{% $order.currency %}',
        },
        timeout: 8,
        retry: retryRefusals,
        catch: [
          {
            // Stripe, or Lambda, said no: nothing exists. After anything else an intent may.
            ErrorEquals: [
              ...refusedForNow,
              faultNames.notYet,
              faultNames.permanent,
              faultNames.invalidInput,
            ],
            Assign: { intentUnknown: false },
            Next: 'ReleaseOrder',
          },
          { ErrorEquals: ['States.ALL'], Next: 'ReleaseOrder' },
        ],
        next: 'RecordIntent',
      }),
      RecordIntent: step(to, {
        step: 'record-intent',
        payload: {
          ...orderOf('$order'),
          paymentIntentId: '{% $states.input.paymentIntentId %}',
          clientSecret: '{% $states.input.clientSecret %}',
        },
        timeout: 5,
        retry: retryShort,
        catch: [{ ErrorEquals: ['States.ALL'], Next: 'ReleaseOrder' }],
        assign: { paymentIntentId: '{% $states.input.paymentIntentId %}' },
        next: 'IsRecorded',
      }),
      IsRecorded: {
        Type: 'Choice',
        Choices: [{ Condition: "{% $states.input.outcome = 'recorded' %}", Next: 'StartPayment' }],
        Default: 'CancelIntent',
      },
      StartPayment: startMachine(to, {
        comment: 'The order stands either way: expiry starts a payment that did not begin',
        machine: 'payment',
        order: '$order',
        timeout: 5,
        retry: retryStartShort,
        next: 'Placed',
        otherwise: { ErrorEquals: ['States.ALL'], Next: 'Placed' },
      }),
      CancelIntent: step(to, {
        comment: 'The order was released, expired or cancelled while its intent was made',
        step: 'cancel-intent',
        payload: {
          ...orderOf('$order'),
          paymentIntentId: '{% $paymentIntentId %}',
          amount: '{% $order.total %}',
          currency: '{% $order.currency %}',
        },
        timeout: 8,
        retry: retryShort,
        catch: [toFinding('CancelIntent')],
        next: 'Unavailable',
      }),
      ReleaseOrder: step(to, {
        comment: 'Gives the goods back; an intent that may exist is settled later',
        step: 'release-order',
        payload: { ...orderOf('$order'), intentUnknown: '{% $intentUnknown %}' },
        timeout: 5,
        retry: retryShort,
        catch: [toFinding('ReleaseOrder')],
        next: 'IsReleased',
      }),
      IsReleased: {
        Type: 'Choice',
        Choices: [
          { Condition: "{% $states.input.outcome = 'intent_recorded' %}", Next: 'StartPayment' },
        ],
        Default: 'Unavailable',
      },
      ...recordFinding(to, { machine: 'checkout', order: '$order', next: 'Unavailable' }),
      Placed: {
        Type: 'Succeed',
        Output: {
          outcome: 'placed',
          orderId: '{% $order.orderId %}',
          generation: '{% $order.generation %}',
          total: '{% $order.total %}',
          currency: '{% $order.currency %}',
          expiresAt: '{% $order.expiresAt %}',
        },
      },
      Unavailable: { Type: 'Succeed', Output: { outcome: 'unavailable' } },
      Refused: {
        Type: 'Succeed',
        Comment: 'Nothing was changed; the reason is the output',
        Output: '{% $states.input %}',
      },
    },
  };
}
