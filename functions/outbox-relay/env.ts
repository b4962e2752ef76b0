import * as z from 'zod';
import { databaseEnv } from '../shared/database.ts';
import { readEnv } from '../shared/env.ts';

const arn = z.string().startsWith('arn:');

const schema = z.object({
  ...databaseEnv,
  EVENT_BUS_NAME: z.string().min(1),
  PAYMENT_MACHINE_ARN: arn,
  FULFILMENT_MACHINE_ARN: arn,
  SETTLEMENT_MACHINE_ARN: arn,
});

export const environment = () => readEnv(schema);
