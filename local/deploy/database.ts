import postgres from 'postgres';
import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph } from '../assembly/graph.ts';
import { propertiesOf } from './properties.ts';

const ClusterProperties = z.looseObject({
  Engine: z.string(),
  EngineVersion: z.coerce.string().optional(),
  DatabaseName: z.string().optional(),
  MasterUsername: z.string().optional(),
});

/** The embedded server's major version; a cluster of another one would prove nothing. */
const majorVersion = '17';

export interface Cluster {
  readonly database: string;
  readonly masterUser: string;
}

export function readClusters(graph: Graph): readonly Cluster[] {
  return graph.ofType('AWS::RDS::DBCluster').map((resource) => {
    const properties = propertiesOf(ClusterProperties, graph, resource);
    const major = properties.EngineVersion?.split('.')[0] ?? majorVersion;
    if (properties.Engine !== 'aurora-postgresql' || major !== majorVersion) {
      throw new Unsupported(
        `${resource.where}: ${properties.Engine} ${properties.EngineVersion} is not emulated, PostgreSQL ${majorVersion} is`,
      );
    }
    return {
      database: properties.DatabaseName ?? 'postgres',
      masterUser: properties.MasterUsername ?? 'postgres',
    };
  });
}

/** Gives the embedded server what Aurora comes with: the cluster's database, its administrator, and `rds_iam`. */
export async function prepareDatabase(url: string, clusters: readonly Cluster[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    const roles = await sql<{ name: string }[]>`SELECT rolname AS name FROM pg_roles`;
    const known = new Set(roles.map(({ name }) => name));
    if (!known.has('rds_iam')) await sql`CREATE ROLE rds_iam NOLOGIN`;
    for (const { database, masterUser } of clusters) {
      if (!known.has(masterUser)) await sql`CREATE ROLE ${sql(masterUser)} LOGIN SUPERUSER`;
      known.add(masterUser);
      const found = await sql`SELECT 1 FROM pg_database WHERE datname = ${database}`;
      if (found.length === 0) await sql`CREATE DATABASE ${sql(database)} OWNER ${sql(masterUser)}`;
    }
  } finally {
    await sql.end();
  }
}
