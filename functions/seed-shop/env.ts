import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

const schema = z.object({ ...databaseEnv });

export const environment = () => readEnv(schema);
