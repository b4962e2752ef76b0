import type { Clock } from '../clock.ts';
import type { UsageKey, UsagePlan } from './usage.ts';

export type Admission =
  | { readonly admitted: true; readonly key: UsageKey }
  | {
      readonly admitted: false;
      readonly error: 'INVALID_API_KEY' | 'THROTTLED' | 'QUOTA_EXCEEDED';
    };

interface Count {
  /** What is left of the burst, and when that was so. */
  tokens: number;
  at: number;
  /** Requests in the period that began at `since`. */
  used: number;
  since: number;
}

/**
 * Counts requests by key: a token bucket that refills at the plan's rate, and the quota of the day, week or month
 * (UTC). Counts are in memory: a new start forgets them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export class Limits {
  private readonly keys: ReadonlyMap<string, UsageKey>;
  private readonly counts = new Map<string, Count>();
  private readonly clock: Clock;

  constructor(keys: readonly UsageKey[], clock: Clock) {
    this.keys = new Map(keys.map((key) => [key.value, key]));
    this.clock = clock;
  }

  /** One request under a key; one that is refused uses nothing up. */
  admit(value: string | undefined): Admission {
    const key = value === undefined ? undefined : this.keys.get(value);
    if (key === undefined) return { admitted: false, error: 'INVALID_API_KEY' };
    const { throttle, quota } = key.plan;
    if (throttle === undefined && quota === undefined) return { admitted: true, key };
    const count = this.count(key);
    if (throttle !== undefined && count.tokens < 1) return { admitted: false, error: 'THROTTLED' };
    if (quota !== undefined && count.used >= quota.limit) {
      return { admitted: false, error: 'QUOTA_EXCEEDED' };
    }
    count.tokens -= 1;
    count.used += 1;
    return { admitted: true, key };
  }

  /** The key's counts as they stand now. */
  private count({ value, plan }: UsageKey): Count {
    const now = this.clock.now();
    const burst = plan.throttle?.burst ?? 0;
    const since = periodStart(plan, now);
    const known = this.counts.get(value);
    if (known === undefined) {
      const fresh = { tokens: burst, at: now, used: 0, since };
      this.counts.set(value, fresh);
      return fresh;
    }
    const refilled = (Math.max(0, now - known.at) / 1000) * (plan.throttle?.rate ?? 0);
    known.tokens = Math.min(burst, known.tokens + refilled);
    known.at = now;
    if (since !== known.since) {
      known.used = 0;
      known.since = since;
    }
    return known;
  }
}

/** When the quota's period began that `now` is in; a week begins on Sunday. */
function periodStart({ quota }: UsagePlan, now: number): number {
  const day = new Date(now);
  day.setUTCHours(0, 0, 0, 0);
  if (quota?.period === 'MONTH') day.setUTCDate(1);
  if (quota?.period === 'WEEK') day.setUTCDate(day.getUTCDate() - day.getUTCDay());
  return day.getTime();
}
