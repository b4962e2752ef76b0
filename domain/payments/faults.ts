/**
 * Codes of faults that decisions hang on. `silent`: Stripe was called and no answer came, so the same call under the
 * same key is worth another try; after any other unknown outcome Stripe has answered, and answers the same for a day.
 */
export const paymentFaultCodes = { silent: 'stripe_silent' } as const;
