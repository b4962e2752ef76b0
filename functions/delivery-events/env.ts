import * as z from 'zod';
import { readEnv } from '../shared/env.ts';

const schema = z.object({ EVENT_BUS_NAME: z.string().min(1) });

export const environment = () => readEnv(schema);
