import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';
import { nudgeEnv } from '../shared/nudge.ts';

const schema = z.object({
  ...databaseEnv,
  ...nudgeEnv.outbox,
  ...nudgeEnv.mailbox,
  CHECKOUT_MACHINE_ARN: z.string().min(1),
  TIMELINE_TABLE: z.string().min(1),
  DELIVERIES_TABLE: z.string().min(1),
  /** StartSyncExecution goes to a host of its own, `sync-states`, which a laptop has not. */
  SFN_DISABLE_HOST_PREFIX: z.enum(['true', 'false']).default('false'),
});

export const environment = () => readEnv(schema);
