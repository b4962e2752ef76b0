import { Unsupported } from '../assembly/errors.ts';
import { type Engine, ServiceError } from '../sfn/index.ts';
import type { DeployedMachine } from './machines.ts';

/** Brings the engine's machines to what the assembly says; running executions keep their definition. */
export function deployMachines(engine: Engine, machines: readonly DeployedMachine[]): void {
  for (const machine of machines) {
    const { name, type, definition, roleArn } = machine;
    try {
      const known = engine.listStateMachines().find((one) => one.name === name);
      if (known !== undefined && known.type !== type) engine.deleteStateMachine(known.arn);
      if (known === undefined || known.type !== type) {
        engine.createStateMachine({ name, type, definition, roleArn });
      } else if (engine.describeStateMachine(known.arn).revision.definition !== definition) {
        engine.updateStateMachine({ stateMachineArn: known.arn, definition, roleArn });
      }
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new Unsupported(`${machine.where}: ${error.code}: ${error.message}`);
    }
  }
}

/** An execution of that name, whether this call or an earlier one started it. @throws Error named by AWS's code */
export async function startOnce(
  engine: Engine,
  execution: { readonly stateMachineArn: string; readonly name: string; readonly input: string },
): Promise<void> {
  try {
    await engine.startExecution(execution);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'ExecutionAlreadyExists') return;
    throw Object.assign(new Error(error.message), { name: error.code });
  }
}
