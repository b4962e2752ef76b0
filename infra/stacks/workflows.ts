import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { CfnStateMachineAlias } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { KassaMachine } from '../../workflows/kassa-machine.ts';
import {
  type MachineName,
  type References,
  type StepName,
  stepNames,
} from '../../workflows/references.ts';
import { accept } from '../constructs/accept.ts';
import { KassaAlarm } from '../constructs/alarm.ts';
import { gradualMachine } from '../constructs/gradual.ts';
import { KassaFunction, type MachineArns } from '../constructs/kassa-function.ts';
import { type DatabaseParts, type EventsParts, logRetention } from '../constructs/parts.ts';
import { everySoOften } from '../constructs/schedules.ts';
import type { Stage } from '../stages.ts';

interface WorkflowsProps {
  readonly stage: Stage;
  readonly code: string;
  readonly database: DatabaseParts;
  readonly events: EventsParts;
}

/** The machines and the functions they call. */
export class WorkflowsStack extends Stack {
  readonly machines: Readonly<Record<MachineName, KassaMachine>>;
  readonly functions: readonly KassaFunction[];
  /** How others start the machines. */
  readonly arns: Readonly<Record<MachineName, MachineArns>>;

  constructor(scope: Construct, id: string, props: WorkflowsProps) {
    super(scope, id, { description: 'Kassa: state machines and their steps' });
    const { stage, events } = props;
    const steps = new Map<StepName, KassaFunction>(
      stepNames.map((name) => [name, new KassaFunction(this, name, props)]),
    );
    this.functions = [...steps.values()];

    const started = new Map<string, { machine: KassaMachine; live: CfnStateMachineAlias }>();
    const references: References = {
      lambda: (step) => found(steps.get(step), step).functionArn,
      machine: (name) => found(started.get(name), name).live.attrArn,
    };
    const make = (name: MachineName) => {
      const machine = new KassaMachine(this, name, {
        stageName: stage.name,
        retention: logRetention(stage),
        removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        references,
        startable: (other) => found(started.get(other), other).machine.stateMachineArn,
      });
      accept(machine.role, {
        'IAM5[Resource::*]':
          'X-Ray and the delivery of logs take no resource; test/infrastructure/stars.ts lists the actions, and a rule refuses any other',
      });
      const failed = new KassaAlarm(this, `${name}-failed`, stage, events.alarms, {
        metric: machine.metricFailed({ period: Duration.minutes(5), statistic: 'Sum' }),
        threshold: name === 'checkout' ? 5 : 1,
        impact: `Executions of ${name} failed; a finding says which, unless recording it failed too`,
        runbook: 'findings',
      });
      const live = gradualMachine(this, machine, { stage, alarms: [failed] });
      started.set(name, { machine, live });
      return { machine, arns: { machine: machine.stateMachineArn, live: live.attrArn } };
    };
    // A machine comes after those it starts.
    const fulfilment = make('fulfilment');
    const payment = make('payment');
    const checkout = make('checkout');
    const settlement = make('settlement');
    const expiry = make('expiry');
    const reconciliation = make('reconciliation');
    this.machines = {
      checkout: checkout.machine,
      payment: payment.machine,
      fulfilment: fulfilment.machine,
      settlement: settlement.machine,
      expiry: expiry.machine,
      reconciliation: reconciliation.machine,
    };
    this.arns = {
      checkout: checkout.arns,
      payment: payment.arns,
      fulfilment: fulfilment.arns,
      settlement: settlement.arns,
      expiry: expiry.arns,
      reconciliation: reconciliation.arns,
    };

    everySoOften(this, 'expiry-schedule', {
      name: `kassa-${stage.name}-expiry`,
      description: 'Expires unpaid orders',
      rate: 'rate(1 minute)',
      target: { kind: 'machine', arn: expiry.arns.live, permits: expiry.arns.machine },
      deadLetters: events.scheduleFailures,
    });
    everySoOften(this, 'reconciliation-schedule', {
      name: `kassa-${stage.name}-reconciliation`,
      description: 'Compares the books with Stripe',
      rate: 'cron(30 1 * * ? *)',
      target: {
        kind: 'machine',
        arn: reconciliation.arns.live,
        permits: reconciliation.arns.machine,
      },
      deadLetters: events.scheduleFailures,
    });
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new Error(`${name} is used before it is made`);
}
