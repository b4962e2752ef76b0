/**
 * Every refusal the API can answer, as RFC 9457 problem details: `type` is `urn:kassa:problem:<code>`. Functions
 * answer them, and API Gateway where it never asks a function. The detail says what the caller can do about it.
 * docs/errors/README.md lists this table; a test compares them.
 */
export const problems = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    detail: 'Send a body that is one well-formed JSON value.',
  },
  'bad-request': {
    status: 400,
    title: 'The request was not understood',
    detail: 'Check the request against the API description.',
  },
  'malformed-encoding': {
    status: 400,
    title: 'The body is not UTF-8',
    detail: 'Encode the body as UTF-8.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'The Idempotency-Key header is missing',
    detail:
      'Make up a key for this request, a UUID for example, and send it again with every retry.',
  },
  'idempotency-key-malformed': {
    status: 400,
    title: 'The Idempotency-Key header is malformed',
    detail: 'Send one key of 8 to 255 printable ASCII characters without spaces.',
  },
  'signature-invalid': {
    status: 400,
    title: 'The signature does not verify',
    detail:
      'Sign the exact body with the endpoint’s current signing secret, and send it within five minutes.',
  },
  'event-unreadable': {
    status: 400,
    title: 'The event has an unknown shape',
    detail: 'Send a Stripe snapshot event of the API version this endpoint is registered with.',
  },
  unauthenticated: {
    status: 401,
    title: 'Who is calling is not known',
    detail: 'Send an access token, or an API key that still holds, as a bearer token.',
  },
  forbidden: {
    status: 403,
    title: 'This is not for your group',
    detail: 'Sign in as somebody who belongs to the group that `group` names.',
  },
  'scope-missing': {
    status: 403,
    title: 'The API key is not for this',
    detail: 'Use a key that has the scope that `scope` names.',
  },
  'access-denied': {
    status: 403,
    title: 'The token does not allow this',
    detail: 'Sign in as somebody who may do it.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    detail: 'Check the id. What belongs to somebody else is not found either.',
  },
  'route-not-found': {
    status: 404,
    title: 'There is no such route',
    detail: 'Check the path against the API description.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This route does not know the method',
    detail: 'Use one of the methods in the Allow header.',
  },
  'out-of-stock': {
    status: 409,
    title: 'Not everything is in stock',
    detail:
      'Lower the quantities to what `shortages` says is available, then check out under a new key.',
  },
  'total-changed': {
    status: 409,
    title: 'The total is not what you expected',
    detail: 'Show the customer the new `total`, then check out under a new key.',
  },
  'plan-full': {
    status: 409,
    title: 'The plan has no room for another third party',
    detail: 'Choose another `plan`, or have the places of this one raised.',
  },
  'too-late-to-cancel': {
    status: 409,
    title: 'The order can no longer be cancelled',
    detail: 'Its `orderStatus` no longer allows it; contact the shop.',
  },
  'task-taken': {
    status: 409,
    title: 'Somebody else has claimed the task',
    detail: 'Claim another task.',
  },
  'task-not-claimed': {
    status: 409,
    title: 'You have not claimed the task',
    detail: 'Claim the task first; only who claimed it may complete it.',
  },
  'task-closed': {
    status: 409,
    title: 'The task is closed',
    detail: 'Its `taskStatus` allows no more work on it; take it off your list.',
  },
  'delivery-taken': {
    status: 409,
    title: 'Another courier has the delivery',
    detail: 'Take it off your list and accept another one.',
  },
  'delivery-not-now': {
    status: 409,
    title: 'The delivery is not ready for this',
    detail:
      'Its `deliveryStatus` does not allow it: accept a delivery before reporting what became of it.',
  },
  'not-captured': {
    status: 409,
    title: 'There is no money to give back',
    detail: 'Nothing was captured; its `paymentStatus` says what became of the payment.',
  },
  'refund-too-much': {
    status: 409,
    title: 'The amount is more than can be refunded',
    detail: 'Refund at most `refundable`: what was captured and not refunded yet.',
  },
  'wait-not-open': {
    status: 409,
    title: 'Nobody waits there',
    detail: 'Look at the order; end the wait that it is in.',
  },
  'wait-ended': {
    status: 409,
    title: 'The wait has its outcome already',
    detail: 'Look at the order; what happened goes on by itself.',
  },
  'command-in-progress': {
    status: 409,
    title: 'The same command is being carried out',
    detail: 'Send it again after the seconds that Retry-After names.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    detail: 'Send at most `limit` bytes.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is of another media type',
    detail: 'Send application/json in UTF-8, without a content encoding.',
  },
  'invalid-request': {
    status: 422,
    title: 'The request does not fit its schema',
    detail: 'Correct the places that `errors` names.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The key came before with another body',
    detail: 'Use a new Idempotency-Key for a new request.',
  },
  'unknown-products': {
    status: 422,
    title: 'Not every product is on sale',
    detail: 'Remove the products that `skus` names.',
  },
  'mixed-currencies': {
    status: 422,
    title: 'The products have different currencies',
    detail: 'Order products of one currency at a time.',
  },
  'not-chargeable': {
    status: 422,
    title: 'The total cannot be charged',
    detail: 'Change the quantities so that the total is within `limit`; `reason` says which way.',
  },
  'wrong-quantities': {
    status: 422,
    title: 'The pieces are not what the task holds',
    detail:
      'Report no more than `expected` lists; where pieces of a pick cannot be found, say so with `missing`.',
  },
  throttled: {
    status: 429,
    title: 'Too many requests',
    detail: 'Send fewer requests, and this one again after a few seconds.',
  },
  'quota-exceeded': {
    status: 429,
    title: 'The plan’s requests are used up',
    detail: 'Wait for the next month, or ask the shop for a larger plan.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    detail: 'Send the request again; if it keeps failing, report the correlation id.',
  },
  'payment-unavailable': {
    status: 503,
    title: 'Payments cannot be taken right now',
    detail:
      'Nothing was ordered. Send the same request with the same key again after the seconds that Retry-After names.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'The checkout did not answer in time',
    detail:
      'Send the same request with the same key again; it answers with the order if there is one.',
  },
  unavailable: {
    status: 503,
    title: 'The service cannot be reached right now',
    detail: 'Send the same request again after the seconds that Retry-After names.',
  },
  'timed-out': {
    status: 504,
    title: 'The answer took too long',
    detail: 'It may have been carried out. Send the same request with the same key again.',
  },
} as const satisfies Record<
  string,
  { readonly status: number; readonly title: string; readonly detail: string }
>;

export type ProblemCode = keyof typeof problems;
