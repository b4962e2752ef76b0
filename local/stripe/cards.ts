/**
 * Stripe's documented test cards (https://docs.stripe.com/testing): what each does when it is charged.
 * A card is named by its number, its `pm_card_*` PaymentMethod or its `tok_*` token.
 */
export interface TestCard {
  readonly number: string;
  /** The part after `pm_card_` and `tok_`; several names may mean one card. */
  readonly names: readonly string[];
  readonly brand: 'amex' | 'diners' | 'discover' | 'jcb' | 'mastercard' | 'unionpay' | 'visa';
  readonly funding: 'credit' | 'debit' | 'prepaid';
  readonly charge: ChargeOutcome;
  /** When the customer must authenticate: `unless_set_up` only until a SetupIntent or earlier use has prepared it. */
  readonly authentication: 'never' | 'always' | 'unless_set_up' | 'on_session';
  readonly afterwards?: Afterwards;
  /** Attaching to a customer is refused already (the ordinary declines are). */
  readonly attachable: boolean;
}

export type ChargeOutcome =
  | { readonly kind: 'approved' }
  | {
      readonly kind: 'declined';
      readonly code: string;
      readonly decline_code: string;
      readonly message: string;
      readonly blocked?: true;
    };

/** What happens to the money after a charge succeeded. */
export type Afterwards =
  | {
      readonly kind: 'dispute';
      readonly reason: 'fraudulent' | 'product_not_received';
      readonly inquiry: boolean;
    }
  | { readonly kind: 'refund_pending' }
  | { readonly kind: 'refund_fails' };

const approved: ChargeOutcome = { kind: 'approved' };

function declined(decline_code: string, message: string, code = 'card_declined'): ChargeOutcome {
  return { kind: 'declined', code, decline_code, message };
}

const genericDecline = declined('generic_decline', 'Your card was declined.');
const insufficientFunds = declined('insufficient_funds', 'Your card has insufficient funds.');
const processingError = declined(
  'processing_error',
  'An error occurred while processing your card. Try again in a little bit.',
  'processing_error',
);

function card(
  number: string,
  names: string,
  charge: ChargeOutcome = approved,
  more: Partial<
    Pick<TestCard, 'brand' | 'funding' | 'authentication' | 'afterwards' | 'attachable'>
  > = {},
): TestCard {
  return {
    number,
    names: names.split(' '),
    brand: 'visa',
    funding: 'credit',
    charge,
    authentication: 'never',
    attachable: charge.kind === 'approved',
    ...more,
  };
}

export const testCards: readonly TestCard[] = [
  card('4242424242424242', 'visa'),
  card('4000056655665556', 'visa_debit', approved, { funding: 'debit' }),
  card('5555555555554444', 'mastercard', approved, { brand: 'mastercard' }),
  card('5200828282828210', 'mastercard_debit', approved, { brand: 'mastercard', funding: 'debit' }),
  card('5105105105105100', 'mastercard_prepaid', approved, {
    brand: 'mastercard',
    funding: 'prepaid',
  }),
  card('378282246310005', 'amex', approved, { brand: 'amex' }),
  card('6011111111111117', 'discover', approved, { brand: 'discover' }),
  card('3056930009020004', 'diners', approved, { brand: 'diners' }),
  card('3566002020360505', 'jcb', approved, { brand: 'jcb' }),
  card('6200000000000005', 'unionpay', approved, { brand: 'unionpay' }),

  card('4000000000000002', 'visa_chargeDeclined chargeDeclined', genericDecline),
  card(
    '4000000000009995',
    'visa_chargeDeclinedInsufficientFunds chargeDeclinedInsufficientFunds',
    insufficientFunds,
  ),
  card(
    '4000000000009987',
    'visa_chargeDeclinedLostCard chargeDeclinedLostCard',
    declined('lost_card', 'Your card was declined.'),
  ),
  card(
    '4000000000009979',
    'visa_chargeDeclinedStolenCard chargeDeclinedStolenCard',
    declined('stolen_card', 'Your card was declined.'),
  ),
  card(
    '4000000000000069',
    'chargeDeclinedExpiredCard',
    declined('expired_card', 'Your card has expired.', 'expired_card'),
  ),
  card(
    '4000000000000127',
    'chargeDeclinedIncorrectCvc',
    declined('incorrect_cvc', "Your card's security code is incorrect.", 'incorrect_cvc'),
  ),
  card('4000000000000119', 'chargeDeclinedProcessingError', processingError),
  card(
    '4000000000006975',
    'visa_chargeDeclinedVelocityLimitExceeded chargeDeclinedVelocityLimitExceeded',
    declined(
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
    ),
  ),
  card('4000000000000341', 'chargeCustomerFail', genericDecline, { attachable: true }),
  card('4100000000000019', 'radarBlock chargeDeclinedFraudulent', {
    kind: 'declined',
    code: 'card_declined',
    decline_code: 'fraudulent',
    message: 'Your card was declined.',
    blocked: true,
  }),

  card('4000002500003155', 'authenticationRequiredOnSetup', approved, {
    authentication: 'unless_set_up',
  }),
  card('4000002760003184', 'authenticationRequired', approved, { authentication: 'always' }),
  card('4000003800000446', 'authenticationRequiredSetupForOffSession', approved, {
    authentication: 'on_session',
  }),
  card(
    '4000008260003178',
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    insufficientFunds,
    {
      authentication: 'always',
      attachable: true,
    },
  ),
  card('4000000000003220', 'threeDSecure2Required', approved, { authentication: 'always' }),
  card('4000000000003063', 'threeDSecureRequired', approved, { authentication: 'always' }),
  card('4000000000003055', 'threeDSecureOptional'),
  card('4000008400001629', 'threeDSecureRequiredChargeDeclined', genericDecline, {
    authentication: 'always',
    attachable: true,
  }),
  card('4000008400001280', 'threeDSecureRequiredProcessingError', processingError, {
    authentication: 'always',
    attachable: true,
  }),

  card('4000000000000259', 'createDispute', approved, {
    afterwards: { kind: 'dispute', reason: 'fraudulent', inquiry: false },
  }),
  card('4000000000002685', 'createDisputeProductNotReceived', approved, {
    afterwards: { kind: 'dispute', reason: 'product_not_received', inquiry: false },
  }),
  card('4000000000001976', 'createDisputeInquiry', approved, {
    afterwards: { kind: 'dispute', reason: 'fraudulent', inquiry: true },
  }),
  card('4000000000007726', 'pendingRefund', approved, { afterwards: { kind: 'refund_pending' } }),
  card('4000000000005126', 'refundFail', approved, { afterwards: { kind: 'refund_fails' } }),
  card('4000000000000077', 'bypassPending'),
];

const byNumber = new Map(testCards.map((one) => [one.number, one]));
const byName = new Map(testCards.flatMap((one) => one.names.map((name) => [name, one] as const)));

export function cardByNumber(number: string): TestCard | undefined {
  return byNumber.get(number.replaceAll(/[\s-]/g, ''));
}

/** `pm_card_visa` → the Visa card; anything else → undefined. */
export function cardByPaymentMethod(id: string): TestCard | undefined {
  return id.startsWith('pm_card_') ? byName.get(id.slice('pm_card_'.length)) : undefined;
}

export function cardByToken(token: string): TestCard | undefined {
  return token.startsWith('tok_') ? byName.get(token.slice('tok_'.length)) : undefined;
}
