import type Stripe from 'stripe';
import type { ZodError } from 'zod';

/** The body of an error answer, as https://docs.stripe.com/api/errors describes it. */
export interface ErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly param?: string;
  readonly charge?: string;
  readonly doc_url?: string;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
  readonly setup_intent?: Stripe.SetupIntent;
}

/** An error answer of the API. What was written before it was thrown stays written: a decline leaves a charge. */
export class StripeFault extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** Whether the endpoint had begun its work: only then an idempotency key remembers the answer. */
  readonly begun: boolean;

  constructor(status: number, body: ErrorBody, begun = true) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.begun = begun;
  }
}

export function invalidRequest(
  message: string,
  more: Partial<ErrorBody> = {},
  begun = true,
): StripeFault {
  const doc = more.code === undefined ? {} : { doc_url: docUrl(more.code) };
  return new StripeFault(400, { type: 'invalid_request_error', message, ...doc, ...more }, begun);
}

/** @param noun how Stripe calls the object in its message: `payment_intent`, `charge`, … */
export function missing(noun: string, id: string, param: string, status = 404): StripeFault {
  return new StripeFault(status, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    doc_url: docUrl('resource_missing'),
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

export function cardError(body: Omit<ErrorBody, 'type'> & { readonly code: string }): StripeFault {
  return new StripeFault(402, { type: 'card_error', doc_url: docUrl(body.code), ...body });
}

export function docUrl(code: string): string {
  return `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`;
}

/** The first thing wrong with the parameters, in Stripe's words and codes. */
export function parameterFault(error: ZodError): StripeFault {
  const issue = error.issues[0];
  if (issue === undefined) return invalidRequest('Invalid request.', {}, false);
  const param = bracketed(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const unknown = bracketed([...issue.path, issue.keys[0] ?? '']);
    return fault('parameter_unknown', `Received unknown parameter: ${unknown}`, unknown);
  }
  if (issue.code === 'invalid_type' && issue.input === undefined)
    return fault('parameter_missing', `Missing required param: ${param}.`, param);
  if (issue.input === '')
    return fault(
      'parameter_invalid_empty',
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset.`,
      param,
    );
  if (issue.message === 'integer')
    return fault('parameter_invalid_integer', `Invalid integer: ${String(issue.input)}`, param);
  return invalidRequest(`Invalid ${param}: ${issue.message}`, { param }, false);
}

function fault(code: string, message: string, param: string): StripeFault {
  return invalidRequest(message, { code, param }, false);
}

function bracketed(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (index === 0 ? String(part) : `[${String(part)}]`)).join('');
}
