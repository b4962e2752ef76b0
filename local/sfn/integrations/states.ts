import type { Engine } from '../engine.ts';
import { ServiceError, StateError } from '../errors.ts';
import { isObject, type Json, parseJson, textOf } from '../json.ts';
import type { ExecutionRecord } from '../store/store.ts';
import { type Exchange, withMetadata } from './metadata.ts';
import { named } from './thrown.ts';

/**
 * `states:startExecution`, also for the `.sync` patterns, which then wait for the execution it names.
 * @param fallbackName the child's name where the task gives none: the same at every try of one attempt, so that an
 * attempt made again after a crash finds the child it has already started
 */
export async function startChild(
  engine: Pick<Engine, 'startExecution' | 'describeExecution' | 'names' | 'versions'>,
  input: Json,
  fallbackName: string,
  exchange: Exchange,
): Promise<Json> {
  const machine = isObject(input) ? input['StateMachineArn'] : undefined;
  if (!isObject(input) || typeof machine !== 'string')
    throw new StateError(
      'States.Runtime',
      "The field 'StateMachineArn' is required but was missing",
    );
  const given = input['Name'];
  const childInput = input['Input'];
  try {
    const started = await engine
      .startExecution({
        stateMachineArn: machine,
        name: typeof given === 'string' ? given : fallbackName,
        input:
          childInput === undefined
            ? '{}'
            : typeof childInput === 'string'
              ? childInput
              : textOf(childInput),
      })
      .catch((thrown: unknown) => {
        if (typeof given === 'string' || !isTaken(thrown)) throw thrown;
        // Nobody else knows that name: it was started before a crash, and has ended since.
        const { name } = engine.versions.resolve(machine).machine;
        const { arn, startDate } = engine.describeExecution(
          engine.names.execution(name, fallbackName),
        );
        return { executionArn: arn, startDate };
      });
    const answer = { ExecutionArn: started.executionArn, StartDate: started.startDate };
    return withMetadata(answer, exchange, 'states');
  } catch (thrown) {
    if (thrown instanceof ServiceError)
      throw named(
        Object.assign(new Error(thrown.message), { name: thrown.code }),
        'states',
        exchange.requestId,
      );
    throw thrown;
  }
}

function isTaken(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.code === 'ExecutionAlreadyExists';
}

/**
 * What a `.sync` task gives once its child has ended: its description, by the names in their order.
 * @param parsed whether its input and output are shown as JSON; a failure shows them as texts
 * @param notRedrivable why the child cannot be redriven, or undefined where it can
 * @throws StateError States.TaskFailed unless it succeeded
 */
export function childResult(
  record: ExecutionRecord,
  parsed: boolean,
  notRedrivable: string | undefined,
): Json {
  const { status, output } = record;
  const shown = (text: string): Json => (parsed && status === 'SUCCEEDED' ? parseJson(text) : text);
  const result = {
    ...(record.cause === undefined ? {} : { Cause: record.cause }),
    ...(record.error === undefined ? {} : { Error: record.error }),
    ExecutionArn: record.arn,
    Input: shown(record.input),
    InputDetails: { Included: true },
    Name: record.name,
    ...(output === undefined ? {} : { Output: shown(output), OutputDetails: { Included: true } }),
    RedriveCount: record.redriveCount,
    ...(record.redriveDate === undefined ? {} : { RedriveDate: record.redriveDate }),
    RedriveStatus: notRedrivable === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(notRedrivable === undefined ? {} : { RedriveStatusReason: notRedrivable }),
    StartDate: record.startDate,
    ...(record.aliasArn === undefined ? {} : { StateMachineAliasArn: record.aliasArn }),
    StateMachineArn: record.machineArn,
    ...(record.versionArn === undefined ? {} : { StateMachineVersionArn: record.versionArn }),
    Status: status,
    StopDate: record.stopDate ?? record.startDate,
  };
  if (status === 'SUCCEEDED') return result;
  throw new StateError('States.TaskFailed', textOf(result));
}

/** Why a child was stopped whose task was given up. */
export function abandoned(parentArn: string): string {
  return `The Task state in AWS Step Functions execution [${parentArn}] which was managing this resource was aborted`;
}
