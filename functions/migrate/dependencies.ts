import { fileURLToPath } from 'node:url';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSql } from '../../adapters/postgres/client.ts';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { limitAccess } from '../../adapters/postgres/own-database.ts';
import { readSecret } from '../../adapters/secrets/secret.ts';
import { adminSecretSchema } from '../shared/admin-secret.ts';
import { awsClient } from '../shared/aws.ts';
import { environment } from './env.ts';

export interface Dependencies {
  /** Carries out the migrations that are still to be done, and lets the application in; answers their names. */
  readonly migrate: () => Promise<readonly string[]>;
}

/** The build puts the migrations beside the bundle. */
const directory = fileURLToPath(new URL('./migrations', import.meta.url));

export function dependencies(): Dependencies {
  const env = environment();
  const secrets = new SecretsManagerClient(awsClient);
  return {
    async migrate() {
      const admin = await readSecret(secrets, env.DATABASE_ADMIN_SECRET_ARN, adminSecretSchema);
      const sql = createSql({
        host: env.DATABASE_HOST,
        port: env.DATABASE_PORT,
        database: env.DATABASE_NAME,
        user: admin.username,
        password: admin.password,
        ssl: env.DATABASE_SSL,
        max: 1,
      });
      try {
        const migrations = await migrate(sql, directory);
        await limitAccess(sql, { database: env.DATABASE_NAME, user: env.DATABASE_USER });
        return migrations;
      } finally {
        await sql.end();
      }
    },
  };
}
