import { Signer } from '@aws-sdk/rds-signer';
import * as z from 'zod';

/** The variables of every function that talks to PostgreSQL: spread them into its env schema. */
export const databaseEnv = {
  DATABASE_HOST: z.string().min(1),
  DATABASE_PORT: z.coerce.number().int().min(1).max(65_535),
  DATABASE_NAME: z.string().min(1),
  DATABASE_USER: z.string().min(1),
  DATABASE_SSL: z.enum(['verify-full', 'disable']),
};

const databaseEnvSchema = z.object(databaseEnv);
type DatabaseEnv = z.infer<typeof databaseEnvSchema>;

/**
 * How this worker connects, as `createSql` of adapters/postgres takes it. The password is an IAM token, made anew
 * (offline) for each connection, since a token is good for 15 minutes. A worker serves one event at a time, so it
 * needs one connection.
 */
export function databaseConnection(env: DatabaseEnv) {
  const signer = new Signer({
    hostname: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    username: env.DATABASE_USER,
  });
  return {
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    database: env.DATABASE_NAME,
    user: env.DATABASE_USER,
    password: () => signer.getAuthToken(),
    ssl: env.DATABASE_SSL,
    max: 1,
  } as const;
}
