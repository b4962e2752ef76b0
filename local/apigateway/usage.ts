import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import { parse } from './parse.ts';

export interface UsagePlan {
  readonly id: string;
  /** Requests a second, and how many at once above that. */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  readonly quota?: { readonly limit: number; readonly period: 'DAY' | 'WEEK' | 'MONTH' };
}

/** A key that API Gateway counts under, with the plan it has for this API. */
export interface UsageKey {
  readonly id: string;
  readonly value: string;
  readonly plan: UsagePlan;
}

const KeyProperties = z.looseObject({
  Enabled: z.boolean().default(false),
  Value: z.string().min(20).max(128).optional(),
});
const PlanKeyProperties = z.looseObject({
  KeyId: z.string(),
  KeyType: z.literal('API_KEY'),
  UsagePlanId: z.string(),
});
const PlanProperties = z.looseObject({
  ApiStages: z
    .array(z.strictObject({ ApiId: z.string(), Stage: z.string(), Throttle: z.never().optional() }))
    .default([]),
  Throttle: z.strictObject({ RateLimit: z.number(), BurstLimit: z.int() }).optional(),
  Quota: z
    .strictObject({
      Limit: z.int(),
      Period: z.enum(['DAY', 'WEEK', 'MONTH']),
      /** CloudFormation and the API describe it differently; nothing but the period's start is emulated. */
      Offset: z.literal(0).optional(),
    })
    .optional(),
});

/** The enabled keys whose plan covers this stage of this API. Limits of single methods are refused by name. */
export function readUsageKeys(graph: Graph, api: string, stage: string): readonly UsageKey[] {
  const plans = new Map(
    graph.ofType('AWS::ApiGateway::UsagePlan').flatMap((resource) => {
      const one = parse(PlanProperties, graph, resource);
      const covers = one.ApiStages.some(
        (covered) => covered.ApiId === api && covered.Stage === stage,
      );
      const id = graph.ref(resource);
      return covers ? [[id, planOf(id, one)] as const] : [];
    }),
  );
  const keys = new Map(
    graph.ofType('AWS::ApiGateway::ApiKey').map((resource) => {
      const { Enabled: enabled, Value: value } = parse(KeyProperties, graph, resource);
      const id = graph.ref(resource);
      return [id, { id, enabled, value: value ?? id }] as const;
    }),
  );
  const found: UsageKey[] = [];
  for (const resource of graph.ofType('AWS::ApiGateway::UsagePlanKey')) {
    const { KeyId: keyId, UsagePlanId: planId } = parse(PlanKeyProperties, graph, resource);
    const key = keys.get(keyId);
    const plan = plans.get(planId);
    if (key === undefined || plan === undefined || !key.enabled) continue;
    if (found.some((other) => other.value === key.value)) {
      throw new Unsupported(`${resource.where}: another plan has the same key for this stage`);
    }
    found.push({ id: key.id, value: key.value, plan });
  }
  return found;
}

function planOf(id: string, one: z.infer<typeof PlanProperties>): UsagePlan {
  const { Throttle: throttle, Quota: quota } = one;
  return {
    id,
    ...(throttle === undefined
      ? {}
      : { throttle: { rate: throttle.RateLimit, burst: throttle.BurstLimit } }),
    ...(quota === undefined ? {} : { quota: { limit: quota.Limit, period: quota.Period } }),
  };
}
