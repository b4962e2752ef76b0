import { RemovalPolicy } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import {
  LambdaApplication,
  LambdaDeploymentConfig,
  LambdaDeploymentGroup,
} from 'aws-cdk-lib/aws-codedeploy';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachineAlias, CfnStateMachineVersion } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { KassaMachine } from '../../workflows/kassa-machine.ts';
import type { Stage } from '../stages.ts';
import { accept } from './accept.ts';
import { asVersion } from './interfaces.ts';
import type { KassaFunction } from './kassa-function.ts';

/** The alias that is called; it moves from version to version. */
export const liveAlias = 'live';

/** Where traffic is shifted gradually, a tenth of it goes to the new version this long first. */
const canary = { percentage: 10, minutes: 5 } as const;

/**
 * Publishes every revision of a machine as a version and moves the alias to it: where the stage is gradual, a tenth
 * of the starts for five minutes, all of them after; an alarm in that time takes it back. What runs keeps its version.
 */
export function gradualMachine(
  scope: Construct,
  machine: KassaMachine,
  options: { readonly stage: Stage; readonly alarms: readonly Alarm[] },
): CfnStateMachineAlias {
  const id = machine.node.id;
  // The revision changes with the definition, and that replaces the version by a new one.
  const version = new CfnStateMachineVersion(scope, `${id}-version`, {
    stateMachineArn: machine.stateMachineArn,
    stateMachineRevisionId: machine.stateMachineRevisionId,
  });
  version.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return new CfnStateMachineAlias(scope, `${id}-live`, {
    name: liveAlias,
    deploymentPreference: {
      stateMachineVersionArn: version.attrArn,
      alarms: options.alarms.map((alarm) => alarm.alarmName),
      ...(options.stage.gradual
        ? { type: 'CANARY', percentage: canary.percentage, interval: canary.minutes }
        : { type: 'ALL_AT_ONCE' }),
    },
  });
}

/** The same for functions, by CodeDeploy; one application and one role for all of a stack. */
export class GradualFunctions {
  readonly #scope: Construct;
  readonly #stage: Stage;
  readonly #application: LambdaApplication;
  readonly #role: Role;

  constructor(scope: Construct, stage: Stage) {
    this.#scope = scope;
    this.#stage = stage;
    this.#application = new LambdaApplication(scope, 'deployments', {
      applicationName: `kassa-${stage.name}`,
    });
    this.#role = new Role(scope, 'deployments-role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      description: 'Moves aliases from version to version',
      managedPolicies: [
        ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSCodeDeployRoleForLambdaLimited'),
      ],
    });
    accept(this.#role, {
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]':
        'the narrow one of AWS for CodeDeploy and Lambda: it moves aliases and reads alarms, and AWS keeps it as CodeDeploy needs it',
    });
  }

  /** The alias to call instead of the function; an alarm while it is shifted takes it back. */
  alias(lambda: KassaFunction, alarms: readonly Alarm[]): Alias {
    const alias = new Alias(this.#scope, `${lambda.node.id}-${liveAlias}`, {
      aliasName: liveAlias,
      version: asVersion(lambda.currentVersion),
    });
    new LambdaDeploymentGroup(this.#scope, `${lambda.node.id}-deployment`, {
      application: this.#application,
      deploymentGroupName: lambda.functionName,
      alias,
      role: this.#role,
      deploymentConfig: this.#stage.gradual
        ? LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES
        : LambdaDeploymentConfig.ALL_AT_ONCE,
      alarms: [...alarms],
      autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: true },
    });
    return alias;
  }
}
