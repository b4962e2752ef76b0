import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

/** `DATABASE_USER` is whom the database is for; migrations run as its administrator. */
const schema = z.object({ ...databaseEnv, DATABASE_ADMIN_SECRET_ARN: z.string().min(1) });

export const environment = () => readEnv(schema);
