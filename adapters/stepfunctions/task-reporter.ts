import {
  InvalidToken,
  SendTaskSuccessCommand,
  type SFNClient,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import type { TaskReporter } from '../../domain/orders/ports.ts';
import { awsFault } from '../aws/faults.ts';

/**
 * Answers token waits. Step Functions says TaskTimedOut also of a task that was answered before, so `closed` means
 * no more than that this token takes no answer any longer.
 */
export function createTaskReporter(client: SFNClient): TaskReporter {
  return {
    async succeed(token, output) {
      try {
        await client.send(
          new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(output) }),
        );
        return 'sent';
      } catch (cause) {
        const closed =
          cause instanceof TaskTimedOut ||
          cause instanceof TaskDoesNotExist ||
          cause instanceof InvalidToken;
        if (closed) return 'closed';
        throw awsFault('report', cause);
      }
    },
  };
}
