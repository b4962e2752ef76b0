import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph, Resource } from '../assembly/graph.ts';
import type { EventPolicy } from '../lambda/asynchronous.ts';
import { type FunctionSpec, functionName } from '../lambda/spec.ts';
import { type LocalAddresses, localEnvironment } from '../overrides.ts';
import { propertiesOf } from './properties.ts';

const FunctionProperties = z.strictObject({
  FunctionName: z.string().optional(),
  Code: z.looseObject({ S3Key: z.string().optional() }),
  Handler: z.string().optional(),
  Runtime: z.string().optional(),
  Timeout: z.coerce.number().default(3),
  MemorySize: z.coerce.number().default(128),
  ReservedConcurrentExecutions: z.coerce.number().optional(),
  Environment: z
    .looseObject({ Variables: z.record(z.string(), z.coerce.string()).default({}) })
    .optional(),
  DeadLetterConfig: z.looseObject({ TargetArn: z.string().optional() }).optional(),
  Layers: z.array(z.string()).max(0, 'layers are not emulated').optional(),
  // These change where or as whom a function runs, which a laptop has only one of.
  Architectures: z.unknown().optional(),
  Description: z.unknown().optional(),
  EphemeralStorage: z.unknown().optional(),
  KmsKeyArn: z.unknown().optional(),
  LoggingConfig: z.unknown().optional(),
  PackageType: z.literal('Zip').optional(),
  RecursiveLoop: z.unknown().optional(),
  Role: z.unknown().optional(),
  RuntimeManagementConfig: z.unknown().optional(),
  SnapStart: z.unknown().optional(),
  Tags: z.unknown().optional(),
  TracingConfig: z.unknown().optional(),
  VpcConfig: z.unknown().optional(),
});

const InvokeConfigProperties = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.string().optional(),
  MaximumRetryAttempts: z.coerce.number().default(2),
  MaximumEventAgeInSeconds: z.coerce.number().default(21_600),
  DestinationConfig: z
    .looseObject({
      OnFailure: z.looseObject({ Destination: z.string() }).optional(),
      OnSuccess: z.looseObject({ Destination: z.string() }).optional(),
    })
    .default({}),
});

export interface DeployedFunction {
  readonly spec: FunctionSpec;
  readonly deadLetter: string | undefined;
}

/** Reads every function; its environment is that of its template with the local overrides. */
export function readFunctions(
  graph: Graph,
  at: LocalAddresses,
  keep: (asset: string) => string,
): readonly DeployedFunction[] {
  return graph.ofType('AWS::Lambda::Function').map((resource) => {
    const properties = propertiesOf(FunctionProperties, graph, resource);
    if (!/^nodejs\d+\.x$/.test(properties.Runtime ?? '')) {
      throw new Unsupported(`${resource.where}: runtime ${properties.Runtime} is not emulated`);
    }
    const name = graph.ref(resource);
    const [module, exported] = splitHandler(properties.Handler ?? '');
    const file = moduleFile(graph, resource, properties.Code.S3Key, module, keep);
    return {
      spec: {
        name,
        arn: graph.getAtt(resource, 'Arn'),
        file,
        exported,
        environment: localEnvironment(
          name,
          properties.MemorySize,
          dirname(file),
          properties.Environment?.Variables ?? {},
          at,
        ),
        timeoutSeconds: properties.Timeout,
        memoryMb: properties.MemorySize,
        ...(properties.ReservedConcurrentExecutions === undefined
          ? {}
          : { reserved: properties.ReservedConcurrentExecutions }),
      },
      deadLetter: properties.DeadLetterConfig?.TargetArn,
    };
  });
}

/** Each function's policy for asynchronous invocations, by function name. */
export function readEventPolicies(
  graph: Graph,
  functions: readonly DeployedFunction[],
): ReadonlyMap<string, EventPolicy> {
  const policies = new Map<string, EventPolicy>();
  for (const { spec, deadLetter } of functions) {
    policies.set(spec.name, {
      ...defaultPolicy,
      ...(deadLetter === undefined ? {} : { deadLetter }),
    });
  }
  for (const resource of graph.ofType('AWS::Lambda::EventInvokeConfig')) {
    const properties = propertiesOf(InvokeConfigProperties, graph, resource);
    const name = functionName(properties.FunctionName);
    const { OnFailure, OnSuccess } = properties.DestinationConfig;
    policies.set(name, {
      ...policies.get(name),
      retries: properties.MaximumRetryAttempts,
      maximumAgeSeconds: properties.MaximumEventAgeInSeconds,
      ...(OnFailure === undefined ? {} : { onFailure: OnFailure.Destination }),
      ...(OnSuccess === undefined ? {} : { onSuccess: OnSuccess.Destination }),
    });
  }
  return policies;
}

/** Lambda's own: two retries within six hours. */
export const defaultPolicy: EventPolicy = { retries: 2, maximumAgeSeconds: 21_600 };

function splitHandler(handler: string): readonly [module: string, exported: string] {
  const dot = handler.lastIndexOf('.');
  return dot < 0 ? [handler, 'handler'] : [handler.slice(0, dot), handler.slice(dot + 1)];
}

function moduleFile(
  graph: Graph,
  resource: Resource,
  key: string | undefined,
  module: string,
  keep: (asset: string) => string,
): string {
  const folder = key === undefined ? undefined : graph.assembly.assets.get(key);
  if (folder === undefined) {
    throw new Unsupported(`${resource.where}: its code is no asset of the assembly`);
  }
  for (const extension of ['mjs', 'js', 'cjs']) {
    const file = join(folder, `${module}.${extension}`);
    if (existsSync(file)) return join(keep(folder), `${module}.${extension}`);
  }
  throw new Unsupported(`${resource.where}: ${folder} holds no module ${module}`);
}
