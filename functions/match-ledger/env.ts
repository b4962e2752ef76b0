import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';
import { nudgeEnv } from '../shared/nudge.ts';

const schema = z.object({ ...databaseEnv, ...nudgeEnv.inbox });

export const environment = () => readEnv(schema);
