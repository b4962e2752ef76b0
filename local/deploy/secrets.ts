import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import { localSecret } from '../overrides.ts';
import { propertiesOf } from './properties.ts';

const SecretProperties = z.looseObject({
  Name: z.string().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .looseObject({
      SecretStringTemplate: z.string().optional(),
      GenerateStringKey: z.string().optional(),
    })
    .optional(),
});

/** RDS itself keeps the administrator's secret, which no resource of the template stands for. */
const ManagedMaster = z.looseObject({
  ManageMasterUserPassword: z.boolean().optional(),
  MasterUsername: z.string().optional(),
});

/** Every secret's value, by ARN and by name: the local one of the overrides, or what the template would make. */
export function readSecrets(
  graph: Graph,
  known: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const secrets = new Map<string, string>();
  for (const resource of graph.ofType('AWS::SecretsManager::Secret')) {
    const properties = propertiesOf(SecretProperties, graph, resource);
    const arn = graph.ref(resource);
    const value = secretValue(properties, known);
    secrets.set(arn, value);
    if (properties.Name !== undefined) secrets.set(properties.Name, value);
  }
  for (const cluster of graph.ofType('AWS::RDS::DBCluster')) {
    const properties = propertiesOf(ManagedMaster, graph, cluster);
    if (properties.ManageMasterUserPassword !== true) continue;
    secrets.set(
      graph.getAtt(cluster, 'MasterUserSecret.SecretArn'),
      JSON.stringify({ username: properties.MasterUsername, password: localSecret }),
    );
  }
  return secrets;
}

function secretValue(
  properties: z.infer<typeof SecretProperties>,
  known: Readonly<Record<string, string | undefined>>,
): string {
  if (properties.SecretString !== undefined) return properties.SecretString;
  const { SecretStringTemplate, GenerateStringKey } = properties.GenerateSecretString ?? {};
  if (GenerateStringKey === undefined) return localSecret;
  const template = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(SecretStringTemplate ?? '{}'));
  return JSON.stringify({
    ...template,
    [GenerateStringKey]: known[GenerateStringKey] ?? localSecret,
  });
}

/** The part of a dynamic reference after `secretsmanager:`; `<id>:SecretString:<key>:<stage>:<version>`. */
export function secretReference(secrets: ReadonlyMap<string, string>, reference: string): string {
  const [, id, key] = /^(.+?):SecretString(?::([^:]*))?(?::.*)?$/.exec(reference) ?? [];
  const value = secrets.get(id ?? reference);
  if (value === undefined) throw new Unsupported(`no secret ${id ?? reference} in the assembly`);
  if (key === undefined || key === '') return value;
  const fields = z.record(z.string(), z.coerce.string()).parse(JSON.parse(value));
  const field = fields[key];
  if (field === undefined) throw new Unsupported(`secret ${id} has no ${key}`);
  return field;
}
