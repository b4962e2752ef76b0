import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSql, type Sql } from '../../adapters/postgres/client.ts';
import { createDatabase, dropDatabase } from '../../adapters/postgres/own-database.ts';
import { readSecret } from '../../adapters/secrets/secret.ts';
import { adminSecretSchema } from '../shared/admin-secret.ts';
import { awsClient } from '../shared/aws.ts';
import { environment } from './env.ts';

export interface Dependencies {
  /** Its name. */
  readonly database: string;
  readonly create: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

export function dependencies(): Dependencies {
  const env = environment();
  const secrets = new SecretsManagerClient(awsClient);
  const own = { database: env.DATABASE_NAME, user: env.DATABASE_USER };
  const asAdmin = async (run: (sql: Sql) => Promise<void>) => {
    const admin = await readSecret(secrets, env.DATABASE_ADMIN_SECRET_ARN, adminSecretSchema);
    const sql = createSql({
      host: env.DATABASE_HOST,
      port: env.DATABASE_PORT,
      // Every cluster has it; nobody can make or drop the database they are in.
      database: 'postgres',
      user: admin.username,
      password: admin.password,
      ssl: env.DATABASE_SSL,
      max: 1,
    });
    try {
      await run(sql);
    } finally {
      await sql.end();
    }
  };
  return {
    database: own.database,
    create: () => asAdmin((sql) => createDatabase(sql, own)),
    drop: () => asAdmin((sql) => dropDatabase(sql, own)),
  };
}
