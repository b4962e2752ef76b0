import * as z from 'zod';
import { readEnv } from '../shared/env.ts';

const schema = z.object({ TIMELINE_TABLE: z.string().min(1) });

export const environment = () => readEnv(schema);
