import { type SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import type { Machines } from '../../domain/orders/ports.ts';
import { awsFault } from '../aws/faults.ts';

/**
 * Runs the checkout machine (Express) and waits for its output. `client` must make one attempt only: a synchronous
 * execution that the SDK starts again runs twice.
 */
export function createCheckout(
  client: SFNClient,
  stateMachineArn: string,
): Pick<Machines, 'checkout'> {
  return {
    async checkout(input) {
      try {
        const { status, output } = await client.send(
          new StartSyncExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
        );
        if (status !== 'SUCCEEDED' || output === undefined) return undefined;
        const parsed: unknown = JSON.parse(output);
        return parsed;
      } catch (cause) {
        throw awsFault('checkout', cause);
      }
    },
  };
}
