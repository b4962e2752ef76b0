import { App, type AppProps, Stage as CdkStage, Tags } from 'aws-cdk-lib';
import { ApiStack } from './stacks/api.ts';
import { DatabaseStack } from './stacks/database.ts';
import { EventsStack } from './stacks/events.ts';
import { IdentityStack } from './stacks/identity.ts';
import { MonitoringStack } from './stacks/monitoring.ts';
import { PlansStack } from './stacks/plans.ts';
import { RelaysStack } from './stacks/relays.ts';
import { StorageStack } from './stacks/storage.ts';
import { WorkflowsStack } from './stacks/workflows.ts';
import { type Stage, stageOf } from './stages.ts';

export interface KassaAppProps {
  /** Names of the stages to synthesize. */
  readonly stages: readonly string[];
  /** Folder of the bundles. */
  readonly code: string;
  /** Where the assembly goes; without it where the CDK CLI says, or a temporary folder. */
  readonly outdir?: string;
  /** Whether CDK checks the templates against CloudFormation's schemas; what it finds fails the synthesis. */
  readonly validate?: boolean;
}

/** Behaviour of CDK that new apps get; here and not in cdk.json, so that every way to synthesize is the same. */
const context = {
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/aws-lambda:recognizeVersionProps': true,
  '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
  '@aws-cdk/aws-apigateway:disableCloudWatchRole': false,
  '@aws-cdk/aws-ec2:restrictDefaultSecurityGroup': false,
  '@aws-cdk/aws-rds:databaseProxyUniqueResourceName': true,
  '@aws-cdk/aws-secretsmanager:useAttachedSecretResourcePolicyForSecretTargetAttachments': true,
  '@aws-cdk/aws-events:eventsTargetQueueSameAccount': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
};

/** The whole of Kassa, once for each stage; needs neither an account nor the network. */
export function kassaApp(props: KassaAppProps): App {
  const { validate = false } = props;
  // The only switch CDK has for it.
  process.env['CDK_VALIDATION'] = String(validate);
  const options: AppProps = {
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      ...context,
      '@aws-cdk/core:validateAgainstDefaultRules': validate,
      '@aws-cdk/core:failSynthOnValidationErrors': validate,
    },
    ...(props.outdir === undefined ? {} : { outdir: props.outdir }),
  };
  const app = new App(options);
  for (const name of props.stages) new KassaStage(app, stageOf(name), props.code);
  return app;
}

class KassaStage extends CdkStage {
  constructor(scope: App, stage: Stage, code: string) {
    super(scope, stage.name);
    const prefix = `kassa-${stage.name}`;
    const database = new DatabaseStack(this, `${prefix}-database`, stage, code);
    const events = new EventsStack(this, `${prefix}-events`, stage);
    const identity = new IdentityStack(this, `${prefix}-identity`, stage);
    new StorageStack(this, `${prefix}-storage`, stage);
    const around = { stage, code, database: database.parts, events: events.parts };
    const workflows = new WorkflowsStack(this, `${prefix}-workflows`, around);
    const machines = workflows.arns;
    const relays = new RelaysStack(this, `${prefix}-relays`, { ...around, machines });
    const api = new ApiStack(this, `${prefix}-api`, { ...around, machines, identity });
    new PlansStack(this, `${prefix}-plans`, { stage, api: api.api });
    // Nothing that uses the database before its schema is there.
    for (const stack of [workflows, relays, api]) stack.addStackDependency(database);
    new MonitoringStack(this, `${prefix}-monitoring`, {
      stage,
      database,
      events: events.parts,
      workflows,
      api,
      functions: [...workflows.functions, ...relays.functions, ...api.functions],
      streamReaders: relays.streamReaders,
    });
    Tags.of(this).add('service', 'kassa');
    Tags.of(this).add('stage', stage.name);
  }
}
