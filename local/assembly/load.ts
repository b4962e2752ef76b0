import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Unsupported } from './errors.ts';

const Artifact = z.looseObject({
  type: z.string(),
  environment: z.string().optional(),
  dependencies: z.array(z.string()).default([]),
  displayName: z.string().optional(),
  properties: z
    .looseObject({
      templateFile: z.string().optional(),
      stackName: z.string().optional(),
      directoryName: z.string().optional(),
      displayName: z.string().optional(),
      file: z.string().optional(),
    })
    .optional(),
});
const Manifest = z.looseObject({ artifacts: z.record(z.string(), Artifact).default({}) });

const AssetManifest = z.looseObject({
  files: z
    .record(
      z.string(),
      z.looseObject({
        source: z.looseObject({ path: z.string(), packaging: z.string().optional() }),
        destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
      }),
    )
    .default({}),
});

const Resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DependsOn: z.union([z.string(), z.array(z.string())]).optional(),
  Condition: z.string().optional(),
});
const Template = z.looseObject({
  Resources: z.record(z.string(), Resource).default({}),
  Outputs: z
    .record(
      z.string(),
      z.looseObject({
        Value: z.unknown().optional(),
        Condition: z.string().optional(),
        Export: z.looseObject({ Name: z.unknown() }).optional(),
      }),
    )
    .default({}),
  Parameters: z
    .record(z.string(), z.looseObject({ Type: z.string(), Default: z.unknown().optional() }))
    .default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Mappings: z
    .record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))
    .default({}),
});

export interface StackDocument {
  /** CloudFormation's stack name, which `AWS::StackName` answers. */
  readonly name: string;
  readonly artifactId: string;
  /** Artifact ids of the stacks that must stand before this one. */
  readonly dependencies: readonly string[];
  readonly region: string;
  readonly account: string;
  readonly template: z.infer<typeof Template>;
}

export interface Assembly {
  readonly directory: string;
  /** In dependency order. */
  readonly stacks: readonly StackDocument[];
  /** Asset object key (`<hash>.zip`, `<hash>.json`) → the file or folder on this disk. */
  readonly assets: ReadonlyMap<string, string>;
}

const localAccount = '000000000000';
const localRegion = 'eu-central-1';

/**
 * Reads a synthesized CDK assembly: the stacks at its top, or, when it holds stages, the stacks of one.
 * @param stage a stage's name (the part after `assembly-`); without it the only stage, or the first
 * @throws Unsupported when the folder holds no assembly, no such stage or a nested stack
 */
export function loadAssembly(directory: string, stage?: string): Assembly {
  const file = join(directory, 'manifest.json');
  if (!existsSync(file)) {
    throw new Unsupported(
      `${directory} holds no CDK assembly (manifest.json): run \`npm run synth\``,
    );
  }
  const { artifacts } = Manifest.parse(readJson(file));
  const stages = Object.entries(artifacts).filter(([, a]) => a.type === 'cdk:cloud-assembly');
  const topStacks = Object.values(artifacts).some((a) => a.type === 'aws:cloudformation:stack');
  if (stages.length > 0 && (stage !== undefined || !topStacks)) {
    const chosen =
      stage === undefined
        ? stages[0]
        : stages.find(
            ([id, a]) => id === `assembly-${stage}` || a.properties?.displayName === stage,
          );
    const folder = chosen?.[1].properties?.directoryName;
    if (folder === undefined) {
      const names = stages.map(([id]) => id.replace(/^assembly-/, '')).join(', ');
      throw new Unsupported(`the assembly has no stage ${stage}; it has ${names}`);
    }
    return loadAssembly(join(directory, folder));
  }
  const assets = new Map<string, string>();
  const stacks: StackDocument[] = [];
  for (const [artifactId, artifact] of Object.entries(artifacts)) {
    if (artifact.type === 'cdk:asset-manifest' && artifact.properties?.file !== undefined) {
      addAssets(directory, artifact.properties.file, assets);
    }
    if (artifact.type === 'aws:cloudformation:stack') {
      const templateFile = artifact.properties?.templateFile;
      if (templateFile === undefined) throw new Unsupported(`${artifactId} names no template`);
      const [account, region] = environment(artifact.environment);
      stacks.push({
        artifactId,
        name: artifact.properties?.stackName ?? artifactId,
        dependencies: artifact.dependencies,
        account,
        region,
        template: Template.parse(readJson(join(directory, templateFile))),
      });
    }
  }
  return { directory, stacks: inOrder(stacks), assets };
}

function addAssets(directory: string, file: string, into: Map<string, string>): void {
  for (const asset of Object.values(AssetManifest.parse(readJson(join(directory, file))).files)) {
    for (const destination of Object.values(asset.destinations)) {
      into.set(destination.objectKey, join(directory, asset.source.path));
    }
  }
}

/** `aws://account/region`; what CDK left open gets the local account and region. */
function environment(text: string | undefined): readonly [account: string, region: string] {
  const [account, region] = (text ?? '').replace('aws://', '').split('/');
  return [
    account === undefined || !/^\d{12}$/.test(account) ? localAccount : account,
    region === undefined || region === '' || region === 'unknown-region' ? localRegion : region,
  ];
}

function inOrder(stacks: readonly StackDocument[]): readonly StackDocument[] {
  const byId = new Map(stacks.map((stack) => [stack.artifactId, stack]));
  const done = new Set<StackDocument>();
  const visit = (stack: StackDocument): void => {
    if (done.has(stack)) return;
    for (const id of stack.dependencies) {
      const other = byId.get(id);
      if (other !== undefined && other !== stack) visit(other);
    }
    done.add(stack);
  };
  for (const stack of stacks) visit(stack);
  return [...done];
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
