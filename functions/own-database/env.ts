import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

const schema = z.object({
  ...databaseEnv,
  // What this function makes it may drop: never a database that a stage has a cluster for.
  DATABASE_NAME: z.string().startsWith('kassa_branch_'),
  DATABASE_USER: z.string().startsWith('kassa_branch_'),
  DATABASE_ADMIN_SECRET_ARN: z.string().min(1),
});

export const environment = () => readEnv(schema);
