import type { TaskReporter } from '../../domain/orders/ports.ts';
import { awsFault } from '../aws/faults.ts';
import { AwsRefusal, jsonCall } from '../aws/json-call.ts';
import type { AwsIdentity } from '../aws/signature.ts';
import { states } from './service.ts';

/** What is answered where nobody waits for that token any longer. */
const closed: ReadonlySet<string> = new Set(['InvalidToken', 'TaskDoesNotExist', 'TaskTimedOut']);

/**
 * Answers token waits. Step Functions says TaskTimedOut also of a task that was answered before, so `closed` means
 * no more than that this token takes no answer any longer.
 * @param origin where Step Functions answers
 */
export function createTaskReporter(identity: AwsIdentity, origin: string): TaskReporter {
  return {
    async succeed(token, output) {
      const input = { taskToken: token, output: JSON.stringify(output) };
      try {
        await jsonCall(identity, states, { origin, operation: 'SendTaskSuccess', input });
        return 'sent';
      } catch (cause) {
        if (cause instanceof AwsRefusal && closed.has(cause.name)) return 'closed';
        throw awsFault('report', cause);
      }
    },
  };
}
