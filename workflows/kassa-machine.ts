import type { RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  DefinitionBody,
  LogLevel,
  StateMachine,
  StateMachineType,
} from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Machine } from './asl.ts';
import { definitions } from './machines.ts';
import type { MachineName, References, StepName } from './references.ts';

export interface KassaMachineProps {
  /** Of the stage: log groups and names carry it. */
  readonly stageName: string;
  readonly retention: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
  readonly references: References;
  /** What permission to start a machine names: IAM knows machines without their aliases. */
  readonly startable: References['machine'];
}

/**
 * A state machine: its rendered definition, a role that may call what the definition names and nothing else,
 * logs at ALL without execution data, traces. Express for `checkout`, Standard for the others.
 */
export class KassaMachine extends StateMachine {
  /** Also the log group, which is where an Express machine's executions are read. */
  readonly logs: LogGroup;

  constructor(scope: Construct, name: MachineName, props: KassaMachineProps) {
    const used = new Used(props.references, props.startable);
    const definition: Machine = definitions[name](used);
    const logs = new LogGroup(scope, `${name}-machine-logs`, {
      // The vended prefix keeps the size of the account's log resource policy bounded.
      logGroupName: `/aws/vendedlogs/states/kassa-${props.stageName}-${name}`,
      retention: props.retention,
      removalPolicy: props.removalPolicy,
    });
    const role = new Role(scope, `${name}-machine-role`, {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `What the machine ${name} may do`,
    });
    super(scope, `${name}-machine`, {
      stateMachineName: `kassa-${props.stageName}-${name}`,
      stateMachineType: name === 'checkout' ? StateMachineType.EXPRESS : StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
      role,
      tracingEnabled: true,
      logs: { destination: logs, level: LogLevel.ALL, includeExecutionData: false },
      removalPolicy: props.removalPolicy,
    });
    this.logs = logs;
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: used.lambdas }),
    );
    if (used.machines.length > 0) {
      role.addToPolicy(
        new PolicyStatement({ actions: ['states:StartExecution'], resources: used.machines }),
      );
    }
  }
}

/** Remembers what a definition asked for. */
class Used implements References {
  readonly #references: References;
  readonly #startable: References['machine'];
  readonly #lambdas = new Set<string>();
  readonly #machines = new Set<string>();

  constructor(references: References, startable: References['machine']) {
    this.#references = references;
    this.#startable = startable;
  }

  lambda(step: StepName): string {
    const arn = this.#references.lambda(step);
    this.#lambdas.add(arn);
    return arn;
  }

  machine(name: 'payment' | 'fulfilment'): string {
    this.#machines.add(this.#startable(name));
    return this.#references.machine(name);
  }

  get lambdas(): string[] {
    return [...this.#lambdas];
  }

  get machines(): string[] {
    return [...this.#machines];
  }
}
