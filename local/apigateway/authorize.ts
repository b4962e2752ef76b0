import type { Clock } from '../clock.ts';
import type { Answer } from '../lambda/spec.ts';
import type { Authorizer, RestApi } from './definition.ts';
import { AuthorizerAnswer, decide } from './policy.ts';
import { type GatewayRequest, methodArn } from './request.ts';
import type { GatewayError } from './responses.ts';

export type Authorization =
  | {
      readonly allowed: true;
      readonly context: Readonly<Record<string, unknown>>;
      readonly apiKey: string | undefined;
    }
  | { readonly allowed: false; readonly error: GatewayError; readonly message?: string };

interface Cached {
  readonly answer: AuthorizerAnswer;
  readonly until: number;
}

const mostCached = 5_000;

/** Asks Lambda authorizers, keeps their answers for their TTL, and reads their policies. */
export class Authorizers {
  private readonly cache = new Map<string, Cached>();
  private readonly api: RestApi;
  private readonly clock: Clock;
  private readonly invoke: (arn: string, payload: unknown) => Promise<Answer>;

  constructor(
    api: RestApi,
    clock: Clock,
    invoke: (arn: string, payload: unknown) => Promise<Answer>,
  ) {
    this.api = api;
    this.clock = clock;
    this.invoke = invoke;
  }

  async authorize(
    authorizer: Authorizer,
    request: GatewayRequest,
    event: Readonly<Record<string, unknown>>,
  ): Promise<Authorization> {
    const identity = authorizer.identitySources.map((source) => read(source, request, event));
    if (identity.some((value) => value === undefined || value === '')) {
      return { allowed: false, error: 'UNAUTHORIZED' };
    }
    const arn = methodArn(this.api, request);
    const caches = authorizer.ttlSeconds > 0 && identity.length > 0;
    const key = [authorizer.id, ...identity].join('\0');
    const known = caches ? this.cached(key) : undefined;
    const asked =
      known === undefined ? await this.ask(authorizer, arn, identity[0], event) : { answer: known };
    if (asked.answer === undefined) return { allowed: false, error: asked.error };
    const { answer } = asked;
    if (caches && known === undefined) this.keep(key, answer, authorizer.ttlSeconds);
    const decision = decide(answer, arn);
    if (decision !== 'allow') {
      const explicit = decision === 'deny' ? ' with an explicit deny' : '';
      return {
        allowed: false,
        error: 'ACCESS_DENIED',
        message: `User is not authorized to access this resource${explicit}`,
      };
    }
    const context: { [name: string]: unknown } = { principalId: answer.principalId };
    for (const [name, value] of Object.entries(answer.context ?? {})) {
      context[name] = value === null ? null : String(value);
    }
    return { allowed: true, context, apiKey: answer.usageIdentifierKey ?? undefined };
  }

  private async ask(
    authorizer: Authorizer,
    arn: string,
    token: string | undefined,
    event: Readonly<Record<string, unknown>>,
  ): Promise<
    | { readonly answer: AuthorizerAnswer }
    | { readonly answer?: undefined; readonly error: GatewayError }
  > {
    const payload =
      authorizer.type === 'TOKEN'
        ? { type: 'TOKEN', methodArn: arn, authorizationToken: token }
        : { type: 'REQUEST', methodArn: arn, ...event };
    const { payload: answer, functionError } = await this.invoke(authorizer.functionArn, payload);
    if (functionError !== undefined) {
      const unauthorized =
        typeof answer === 'object' &&
        answer !== null &&
        'errorMessage' in answer &&
        answer.errorMessage === 'Unauthorized';
      return { error: unauthorized ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE' };
    }
    const parsed = AuthorizerAnswer.safeParse(answer);
    return parsed.success ? { answer: parsed.data } : { error: 'AUTHORIZER_CONFIGURATION_ERROR' };
  }

  private cached(key: string): AuthorizerAnswer | undefined {
    const known = this.cache.get(key);
    if (known === undefined) return undefined;
    if (known.until > this.clock.now()) return known.answer;
    this.cache.delete(key);
    return undefined;
  }

  private keep(key: string, answer: AuthorizerAnswer, ttlSeconds: number): void {
    const [oldest] = this.cache.keys();
    if (this.cache.size >= mostCached && oldest !== undefined) this.cache.delete(oldest);
    this.cache.set(key, { answer, until: this.clock.now() + ttlSeconds * 1000 });
  }
}

/** An identity source's value in the request. */
function read(
  source: string,
  request: GatewayRequest,
  event: Readonly<Record<string, unknown>>,
): string | undefined {
  const header = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  if (header !== undefined) return request.header(header.toLowerCase());
  const query = /^method\.request\.querystring\.(.+)$/.exec(source)?.[1];
  if (query !== undefined) return request.query[query];
  const variable = /^context\.(.+)$/.exec(source)?.[1];
  const context = event['requestContext'];
  if (variable === undefined || typeof context !== 'object' || context === null) return undefined;
  const value: unknown = Object.entries(context).find(([name]) => name === variable)?.[1];
  return typeof value === 'string' ? value : undefined;
}
