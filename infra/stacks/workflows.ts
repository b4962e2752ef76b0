import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { KassaMachine } from '../../workflows/kassa-machine.ts';
import {
  type MachineName,
  type References,
  type StepName,
  stepNames,
} from '../../workflows/references.ts';
import { KassaFunction } from '../constructs/kassa-function.ts';
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

  constructor(scope: Construct, id: string, props: WorkflowsProps) {
    super(scope, id, { description: 'Kassa: state machines and their steps' });
    const { stage, events } = props;
    const steps = new Map<StepName, KassaFunction>(
      stepNames.map((name) => [name, new KassaFunction(this, name, props)]),
    );
    this.functions = [...steps.values()];

    const started = new Map<string, KassaMachine>();
    const references: References = {
      lambda: (step) => found(steps.get(step), step).functionArn,
      machine: (name) => found(started.get(name), name).stateMachineArn,
    };
    const make = (name: MachineName) => {
      const machine = new KassaMachine(this, name, {
        stageName: stage.name,
        retention: logRetention(stage),
        removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
        references,
      });
      started.set(name, machine);
      return machine;
    };
    // A machine comes after those it starts.
    const fulfilment = make('fulfilment');
    const payment = make('payment');
    const checkout = make('checkout');
    const settlement = make('settlement');
    const expiry = make('expiry');
    this.machines = { checkout, payment, fulfilment, settlement, expiry };

    everySoOften(this, 'expiry-schedule', {
      name: `kassa-${stage.name}-expiry`,
      description: 'Expires unpaid orders',
      rate: 'rate(1 minute)',
      target: { kind: 'machine', arn: expiry.stateMachineArn },
      deadLetters: events.scheduleFailures,
    });
  }
}

function found<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new Error(`${name} is used before it is made`);
}
