import { Stack } from 'aws-cdk-lib';
import { CfnApiKey, CfnUsagePlan, CfnUsagePlanKey, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { Construct } from 'constructs';
import { type Allowance, planNameSchema, plans, usageKey } from '../../domain/access/plans.ts';
import type { Stage } from '../stages.ts';

interface PlansProps {
  readonly stage: Stage;
  readonly api: RestApi;
}

/**
 * Usage plans, and the keys that API Gateway counts under: one for everybody who signed in, and as many for each plan
 * as it has room for third parties. Third parties never see them; the authorizer says whose request is whose
 * (docs/adr/0010-api-keys.md).
 */
export class PlansStack extends Stack {
  readonly #stage: Stage;

  constructor(scope: Construct, id: string, { stage, api }: PlansProps) {
    super(scope, id, { description: 'Kassa: usage plans' });
    this.#stage = stage;
    const apiStages = [{ apiId: api.restApiId, stage: api.deploymentStage.stageName }];
    const people = new CfnUsagePlan(this, 'people', {
      usagePlanName: `kassa-${stage.name}-people`,
      description: "Everybody who signed in; the stage's limits are the only ones",
      apiStages,
    });
    this.#key('people-key', people, { plan: 'people' });
    for (const name of planNameSchema.options) {
      const { rate, burst, monthly } = plans[name];
      const plan = new CfnUsagePlan(this, name, {
        usagePlanName: `kassa-${stage.name}-${name}`,
        description: 'Third parties; each has a key of its own',
        apiStages,
        throttle: { rateLimit: rate, burstLimit: burst },
        quota: { limit: monthly, period: 'MONTH' },
      });
      const places = Array.from({ length: stage.planPlaces }, (_, index) => index + 1);
      // One after the other: API Gateway refuses changes of one plan that come at once.
      places.reduce<CfnUsagePlanKey | undefined>((before, slot) => {
        const added = this.#key(`${name}-${slot}`, plan, { plan: name, slot });
        if (before !== undefined) added.addResourceDependency(before);
        return added;
      }, undefined);
    }
  }

  #key(id: string, plan: CfnUsagePlan, allowance: Allowance): CfnUsagePlanKey {
    const key = new CfnApiKey(this, id, {
      name: `kassa-${this.#stage.name}-${id}`,
      value: usageKey(this.#stage.name, allowance),
      enabled: true,
    });
    return new CfnUsagePlanKey(this, `${id}-in-plan`, {
      keyId: key.ref,
      keyType: 'API_KEY',
      usagePlanId: plan.ref,
    });
  }
}
