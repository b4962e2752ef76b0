import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';
import { nudgeEnv } from '../shared/nudge.ts';

const schema = z.object({
  ...databaseEnv,
  ...nudgeEnv.outbox,
  ...nudgeEnv.mailbox,
  TIMELINE_TABLE: z.string().min(1),
  DELIVERIES_TABLE: z.string().min(1),
  ACCESS_TABLE: z.string().min(1),
  /** How many third parties each usage plan has API Gateway keys for. */
  PLAN_PLACES: z
    .string()
    .regex(/^[0-9]+$/)
    .transform(Number),
});

export const environment = () => readEnv(schema);
