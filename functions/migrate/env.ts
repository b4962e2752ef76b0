import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

const { DATABASE_USER: _, ...cluster } = databaseEnv;

const schema = z.object({ ...cluster, DATABASE_ADMIN_SECRET_ARN: z.string().min(1) });

export const environment = () => readEnv(schema);

/** What the administrator's secret holds, among other things that RDS puts there. */
export const adminSecretSchema = z.object({
  username: z.string().min(1),
  password: z.string().min(1),
});
