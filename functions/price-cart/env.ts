import * as z from 'zod';
import { cacheEnv } from '../shared/cache.ts';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

const schema = z.object({ ...databaseEnv, ...cacheEnv });

export const environment = () => readEnv(schema);
