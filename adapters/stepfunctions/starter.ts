import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Machines } from '../../domain/orders/ports.ts';
import { awsFault } from '../aws/faults.ts';

type Machine = Parameters<Machines['start']>[0];

const endedBadly = new Set(['FAILED', 'TIMED_OUT', 'ABORTED']);

/**
 * Starts executions by name. A name that is taken is looked at: running, succeeded or to be redriven is a start
 * that happened before; one that ended badly keeps its name for 90 days, so a further run needs another.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
 */
export function createStarter(
  client: SFNClient,
  arns: Readonly<Record<Machine, string>>,
): Pick<Machines, 'start'> {
  return {
    async start(machine, name, input) {
      const stateMachineArn = arns[machine];
      try {
        await client.send(
          new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }),
        );
        return 'started';
      } catch (cause) {
        if (!(cause instanceof ExecutionAlreadyExists)) throw awsFault('start', cause);
      }
      try {
        const { status } = await client.send(
          new DescribeExecutionCommand({ executionArn: executionArn(stateMachineArn, name) }),
        );
        return status !== undefined && endedBadly.has(status) ? 'failed' : 'started';
      } catch (cause) {
        throw awsFault('describe', cause);
      }
    },
  };
}

/** An alias or version at the end of the machine's ARN is no part of its executions' ARNs. */
export function executionArn(stateMachineArn: string, name: string): string {
  const [arn, partition, service, region, account, , machine] = stateMachineArn.split(':');
  return [arn, partition, service, region, account, 'execution', machine, name].join(':');
}
