import * as z from 'zod';
import type { Machines } from '../../domain/orders/ports.ts';
import { awsFault } from '../aws/faults.ts';
import { jsonCall, type Patience } from '../aws/json-call.ts';
import type { AwsIdentity } from '../aws/signature.ts';
import { states } from './service.ts';

/**
 * One attempt only: a synchronous execution that is started again runs twice. Longer than the machine's own 20
 * seconds, shorter than the 25 of the function that waits.
 */
const patience: Patience = { attempts: 1, answer: 22_000 };

const answerSchema = z.object({ status: z.string(), output: z.string().optional() });

/**
 * Runs the checkout machine (Express) and waits for its output.
 * @param origin where synchronous executions are started
 */
export function createCheckout(
  identity: AwsIdentity,
  origin: string,
  stateMachineArn: string,
): Pick<Machines, 'checkout'> {
  return {
    async checkout(input) {
      const call = {
        ...{ origin, operation: 'StartSyncExecution' },
        input: { stateMachineArn, input: JSON.stringify(input) },
      };
      try {
        const answer = await jsonCall(identity, states, call, patience);
        const { status, output } = answerSchema.parse(JSON.parse(answer));
        if (status !== 'SUCCEEDED' || output === undefined) return undefined;
        const parsed: unknown = JSON.parse(output);
        return parsed;
      } catch (cause) {
        throw awsFault('checkout', cause);
      }
    },
  };
}
