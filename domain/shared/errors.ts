/**
 * The classes of failure a step can end with. The class name is what Step Functions sees as the error's
 * name, so it says how a machine's Retry may treat it; `code` says what happened (docs/errors lists them).
 * Nothing is decided by the message text.
 */
export abstract class Fault extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}

/** Nothing happened, and the same call may succeed in a moment: retried with backoff and jitter. */
export class TransientFault extends Fault {
  override readonly name = 'TransientFault';
}

/**
 * Nothing happened, and it will take minutes until it can: a PaymentIntent in `processing`, or a set-up of ours that
 * somebody has to put right (`misconfigured`). Retried slowly.
 */
export class NotYetFault extends Fault {
  override readonly name = 'NotYetFault';
}

/** The call may or may not have taken effect (a timeout at Stripe): ask before doing it again under another key. */
export class OutcomeUnknownFault extends Fault {
  override readonly name = 'OutcomeUnknownFault';
}

/** It will fail the same way every time: never retried, goes to compensation or to a person. */
export class PermanentFault extends Fault {
  override readonly name = 'PermanentFault';
}

/** Input that does not fit its schema. Never retried. */
export class InvalidInputFault extends Fault {
  override readonly name = 'InvalidInputFault';
}

/** The names above, as `Retry` and `Catch` in a state machine spell them. */
export const faultNames = {
  transient: 'TransientFault',
  notYet: 'NotYetFault',
  outcomeUnknown: 'OutcomeUnknownFault',
  permanent: 'PermanentFault',
  invalidInput: 'InvalidInputFault',
} as const;

/** Codes that tell of our own set-up, and nothing about the order or its payment: people are called at once. */
export const misconfigured: ReadonlySet<string> = new Set([
  'bad_environment',
  'bad_secret',
  'secret_refused',
  'stripe_key_refused',
  'intent_missing',
]);
