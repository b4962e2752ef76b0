import * as z from 'zod';

/** What goes wrong on the way to or from Stripe, on request. */
export const faultRule = z.strictObject({
  /** HTTP method; every method when it is left out. */
  method: z.string().optional(),
  /** A pattern over the path, `*` for one segment: /v1/payment_intents/:id/capture with the id as `*`. Every path when left out. */
  path: z.string().optional(),
  /** How many requests it strikes. */
  times: z.int().positive().default(1),
  /** Before the request had any effect, or after its effect stands and only the answer is lost. */
  when: z.enum(['before', 'after']).default('before'),
  /**
   * `status`: this status and error; `timeout`: the connection stays open and silent; `reset`: it breaks.
   * (The SDK repeats a request once by itself after a reset, whatever maxNetworkRetries says.)
   */
  how: z.enum(['status', 'timeout', 'reset']).default('status'),
  status: z.int().min(400).max(599).default(500),
  error: z
    .looseObject({ type: z.string(), message: z.string(), code: z.string().optional() })
    .default({ type: 'api_error', message: 'An unknown error occurred.' }),
});
export type FaultRule = z.output<typeof faultRule>;
export type FaultOrder = z.input<typeof faultRule>;

export const latencyRule = z.strictObject({
  method: z.string().optional(),
  path: z.string().optional(),
  /** Real milliseconds between the request and its answer. */
  ms: z.int().nonnegative(),
  /** Before the work, or between the work and the answer. */
  when: z.enum(['before', 'after']).default('before'),
});
export type LatencyRule = z.output<typeof latencyRule>;
export type LatencyOrder = z.input<typeof latencyRule>;

export class Faults {
  private rules: { readonly rule: FaultRule; left: number }[] = [];
  private latencies: LatencyRule[] = [];

  fail(order: FaultOrder): void {
    const rule = faultRule.parse(order);
    this.rules.push({ rule, left: rule.times });
  }

  slow(order: LatencyOrder): void {
    this.latencies.push(latencyRule.parse(order));
  }

  clear(): void {
    this.rules = [];
    this.latencies = [];
  }

  /** The fault that strikes this request, used up by it. */
  strike(method: string, path: string): FaultRule | undefined {
    const hit = this.rules.find(({ rule, left }) => left > 0 && applies(rule, method, path));
    if (hit === undefined) return undefined;
    hit.left -= 1;
    if (hit.left === 0) this.rules = this.rules.filter((other) => other !== hit);
    return hit.rule;
  }

  /** Real milliseconds to wait at this side of the work. */
  latency(method: string, path: string, when: 'before' | 'after'): number {
    return this.latencies
      .filter((rule) => rule.when === when && applies(rule, method, path))
      .reduce((sum, rule) => sum + rule.ms, 0);
  }
}

function applies(
  rule: { readonly method?: string | undefined; readonly path?: string | undefined },
  method: string,
  path: string,
): boolean {
  if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false;
  if (rule.path === undefined) return true;
  const wanted = rule.path.split('/');
  const actual = path.split('/');
  return (
    wanted.length === actual.length &&
    wanted.every((part, index) => part === '*' || part === actual[index])
  );
}
