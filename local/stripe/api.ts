import { type ErrorBody, invalidRequest, StripeFault } from './errors.ts';
import { expandPaths } from './expand.ts';
import type { FaultRule } from './faults.ts';
import { decodeForm, type Form } from './form.ts';
import type { Answer } from './idempotency.ts';
import { lookupIn } from './resources.ts';
import { findRoute, type Route } from './routes.ts';
import type { Simulator } from './simulator.ts';
import { apiVersion } from './world.ts';

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  /** The query string and the body, joined: Stripe takes parameters from either. */
  readonly encoded: string;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** The Stripe-Version header; without it the account's version is the simulator's own. */
  readonly version: string | undefined;
}

export interface ApiAnswer extends Answer {
  readonly headers: Readonly<Record<string, string>>;
}

/** What the caller gets instead of an answer. */
export type Outcome = ApiAnswer | 'silence' | 'reset';

export interface Keys {
  readonly secretKey: string;
  readonly publishableKey: string;
}

/** One request against the API: key, idempotency, injected faults, the work, the answer. */
export class Api {
  private readonly simulator: Simulator;
  private readonly keys: Keys;

  constructor(simulator: Simulator, keys: Keys) {
    this.simulator = simulator;
    this.keys = keys;
  }

  async handle(request: ApiRequest): Promise<Outcome> {
    const requestId = this.simulator.id('req_').slice(0, 18);
    const { method, path } = request;
    const key = method === 'POST' ? request.idempotencyKey : undefined;
    const headers = {
      'request-id': requestId,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    };
    let begun = false;
    try {
      const { key: bodyKey, ...sent } = decodeForm(request.encoded);
      const form = method === 'POST' ? modern(sent, path, request.version) : sent;
      const publishable = this.authorise(request.authorization, bodyKey);
      const found = findRoute(method, path);
      if (found === undefined) throw unknownUrl(method, path);
      if (publishable && !found.route.public) throw notPublic();
      const bound = `${method} ${path}\n${canonical(request.encoded)}`;
      if (key !== undefined) {
        const first = this.simulator.idempotency.begin(key, bound);
        if (first !== undefined)
          return { ...first, headers: { ...headers, 'idempotent-replayed': 'true' } };
        begun = true;
      }
      const { faults } = this.simulator;
      await realTime(faults.latency(method, path, 'before'));
      const fault = faults.strike(method, path);
      if (fault?.when === 'before') {
        if (fault.how === 'status') return { ...injected(fault), headers };
        return fault.how === 'timeout' ? 'silence' : 'reset';
      }
      const answer = this.work(found, form, publishable, { requestId, key, bound, fault });
      await realTime(faults.latency(method, path, 'after'));
      if (fault !== undefined && fault.how !== 'status')
        return fault.how === 'timeout' ? 'silence' : 'reset';
      const retry = answer.status === 200 ? {} : { 'stripe-should-retry': 'false' };
      return { ...answer, headers: { ...headers, ...retry } };
    } catch (error) {
      if (!(error instanceof StripeFault)) throw error;
      const retry = error.status === 409 ? 'true' : 'false';
      return { ...failed(error, requestId), headers: { ...headers, 'stripe-should-retry': retry } };
    } finally {
      if (begun && key !== undefined) this.simulator.idempotency.end(key);
    }
  }

  /** The effect and the memory of its answer are one transaction. */
  private work(
    found: { readonly route: Route; readonly id: string },
    form: Form,
    publishable: boolean,
    about: {
      readonly requestId: string;
      readonly key: string | undefined;
      readonly bound: string;
      readonly fault: FaultRule | undefined;
    },
  ): Answer {
    const { resources } = this.simulator;
    const event = { id: about.requestId, idempotency_key: about.key ?? null };
    return this.simulator.change(() => {
      let answer: Answer;
      let remember = true;
      try {
        const result = found.route.run({ resources, id: found.id, form, caller: { publishable } });
        const paths = Array.isArray(form['expand']) ? form['expand'].map(String) : [];
        const shown =
          typeof result === 'object' && result !== null && paths.length > 0 && !publishable
            ? expandPaths(result, paths, lookupIn(resources))
            : result;
        answer = { status: 200, body: JSON.stringify(shown) };
      } catch (error) {
        if (!(error instanceof StripeFault)) throw error;
        remember = error.begun;
        answer = failed(error, about.requestId);
      }
      if (about.fault?.how === 'status') answer = injected(about.fault);
      if (about.key !== undefined && remember)
        this.simulator.idempotency.record(about.key, about.bound, answer);
      return answer;
    }, event);
  }

  /** @returns whether the key is the publishable one @throws StripeFault 401 */
  private authorise(authorization: string | undefined, bodyKey: unknown): boolean {
    const given = keyOf(authorization) ?? (typeof bodyKey === 'string' ? bodyKey : undefined);
    if (given === this.keys.secretKey) return false;
    if (given === this.keys.publishableKey) return true;
    const message =
      given === undefined
        ? "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        : `Invalid API Key provided: ${given.slice(0, 8)}${'*'.repeat(Math.max(0, given.length - 12))}${given.slice(-4)}`;
    throw new StripeFault(401, { type: 'invalid_request_error', message }, false);
  }
}

/**
 * Intents take no payment_method_types since 2026-09-30.endive
 * (https://docs.stripe.com/changelog/endive/2026-09-30/removes-the-payment-method-types-parameter-from-payment-intents-and-setup-intents);
 * an older client's list is taken for what replaced it.
 */
function modern(form: Form, path: string, version = apiVersion): Form {
  const { payment_method_types, ...rest } = form;
  if (payment_method_types === undefined || !/^\/v1\/(payment|setup)_intents/.test(path))
    return form;
  if (version < '2026-09-30')
    return { ...rest, allowed_payment_method_types: payment_method_types };
  throw invalidRequest(
    'The parameter `payment_method_types` is no longer supported. Use `allowed_payment_method_types` or dynamic payment methods.',
    { code: 'payment_method_types_no_longer_supported', param: 'payment_method_types' },
    false,
  );
}

/** Bearer, or basic with the key as user name. */
function keyOf(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = authorization?.split(' ') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() === 'basic')
    return Buffer.from(value, 'base64').toString('utf8').split(':')[0];
  return undefined;
}

function canonical(encoded: string): string {
  const params = new URLSearchParams(encoded);
  params.sort();
  return params.toString();
}

function failed(error: StripeFault, requestId: string): Answer {
  const body = {
    error: {
      ...error.body,
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
    },
  } satisfies { error: ErrorBody & { request_log_url: string } };
  return { status: error.status, body: JSON.stringify(body) };
}

function injected(fault: FaultRule): Answer {
  return { status: fault.status, body: JSON.stringify({ error: fault.error }) };
}

function unknownUrl(method: string, path: string): StripeFault {
  const message = `Unrecognized request URL (${method}: ${path}). The simulator does not know it.`;
  return new StripeFault(404, { type: 'invalid_request_error', message }, false);
}

function notPublic(): StripeFault {
  const message =
    'This API call cannot be made with a publishable API key. Please use a secret API key.';
  return new StripeFault(401, { type: 'invalid_request_error', message }, false);
}

/** An injected latency is real time: it is the network's, not the shop's. */
function realTime(ms: number): Promise<void> | undefined {
  return ms === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
}
