import { SFNClient } from '@aws-sdk/client-sfn';
import { createSql } from '../../adapters/postgres/client.ts';
import { createMailboxStore } from '../../adapters/postgres/mailbox-store.ts';
import { createTaskReporter } from '../../adapters/stepfunctions/task-reporter.ts';
import { awsClient } from '../shared/aws.ts';
import { databaseConnection } from '../shared/database.ts';
import { environment } from './env.ts';
import type { Relay } from './relay.ts';

export function dependencies(): Relay {
  return {
    mailbox: createMailboxStore(createSql(databaseConnection(environment()))),
    reporter: createTaskReporter(new SFNClient(awsClient)),
  };
}
