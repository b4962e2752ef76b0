import * as z from 'zod';
import { awsIdentity } from './aws.ts';

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
 * How this worker connects, as `createSql` of adapters/postgres takes it. A worker serves one event at a time, so it
 * needs one connection.
 */
export function databaseConnection(env: DatabaseEnv) {
  return {
    host: env.DATABASE_HOST,
    port: env.DATABASE_PORT,
    database: env.DATABASE_NAME,
    user: env.DATABASE_USER,
    signIn: awsIdentity(),
    ssl: env.DATABASE_SSL,
    max: 1,
  } as const;
}
