import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import { propertiesOf } from './properties.ts';

const MachineProperties = z.strictObject({
  StateMachineName: z.string().optional(),
  StateMachineType: z.enum(['STANDARD', 'EXPRESS']).default('STANDARD'),
  DefinitionString: z.string().optional(),
  Definition: z.record(z.string(), z.unknown()).optional(),
  DefinitionS3Location: z.looseObject({ Key: z.string() }).optional(),
  DefinitionSubstitutions: z.record(z.string(), z.coerce.string()).default({}),
  RoleArn: z.string(),
  // Logs and traces have no local counterpart; the history is always kept whole.
  LoggingConfiguration: z.unknown().optional(),
  TracingConfiguration: z.unknown().optional(),
  EncryptionConfiguration: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export interface DeployedMachine {
  readonly name: string;
  readonly arn: string;
  readonly type: 'STANDARD' | 'EXPRESS';
  readonly definition: string;
  readonly roleArn: string;
  readonly where: string;
}

export function readMachines(graph: Graph): readonly DeployedMachine[] {
  return graph.ofType('AWS::StepFunctions::StateMachine').map((resource) => {
    const properties = propertiesOf(MachineProperties, graph, resource);
    const asset = properties.DefinitionS3Location?.Key;
    const file = asset === undefined ? undefined : graph.assembly.assets.get(asset);
    const source =
      properties.DefinitionString ??
      (properties.Definition === undefined ? undefined : JSON.stringify(properties.Definition)) ??
      (file === undefined ? undefined : readFileSync(file, 'utf8'));
    if (source === undefined) throw new Unsupported(`${resource.where}: it has no definition`);
    const arn = graph.ref(resource);
    return {
      name: arn.slice(arn.lastIndexOf(':') + 1),
      arn,
      type: properties.StateMachineType,
      roleArn: properties.RoleArn,
      where: resource.where,
      definition: source.replace(
        /\$\{([A-Za-z0-9_]+)\}/g,
        (whole, name: string) => properties.DefinitionSubstitutions[name] ?? whole,
      ),
    };
  });
}
