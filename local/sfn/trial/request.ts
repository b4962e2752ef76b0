import type { State } from '../definition.ts';
import { ServiceError } from '../errors.ts';
import { isObject, type Json, type JsonObject, parseJson } from '../json.ts';
import { jsonFault } from '../json-faults.ts';
import { resourceOf } from '../resource.ts';

/** What TestState is asked; texts are JSON. */
export interface TestState {
  readonly definition: string;
  readonly stateName?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly input?: string | undefined;
  readonly variables?: string | undefined;
  /** The context object, where a mock answers. */
  readonly context?: string | undefined;
  readonly mock?: Mock | undefined;
  /** How often the retrier of the mocked error has retried. */
  readonly retried?: number | undefined;
  readonly revealSecrets?: boolean | undefined;
}

export interface Mock {
  readonly result?: string | undefined;
  readonly errorOutput?:
    | { readonly error?: string | undefined; readonly cause?: string | undefined }
    | undefined;
}

/** What stands in for the work of a state. */
export type Answer =
  | { readonly result: Json }
  | { readonly error: string; readonly cause: string | undefined };

const mockable = new Set(['Task', 'Map', 'Parallel']);

/** @throws ServiceError ValidationException, InvalidDefinition where the state needs a mock */
export function mockOf(request: TestState, state: State): Answer | undefined {
  const { mock } = request;
  if (mock === undefined) {
    if (state.Type === 'Map' || state.Type === 'Parallel')
      throw new ServiceError(
        'InvalidDefinition',
        'TestState API does not support Map or Parallel states. Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]',
      );
    if (state.Type === 'Task' && resourceOf(state.Resource)?.pattern !== 'request')
      throw invalid(`A mock is required for the resource ${state.Resource}`);
    if (request.context !== undefined)
      throw invalid('A context can only be specified when a mock is specified');
    return undefined;
  }
  if (!mockable.has(state.Type))
    throw invalid(`State type '${state.Type}' is not supported when a mock is specified`);
  if (request.revealSecrets === true)
    throw invalid('TestState does not support RevealSecrets when a mock is specified.');
  const { result, errorOutput } = mock;
  if ((result === undefined) === (errorOutput === undefined))
    throw invalid(
      'A test mock should have only one of the following fields: [result, errorOutput].',
    );
  if (errorOutput !== undefined) {
    const { error, cause } = errorOutput;
    if (error === undefined) throw invalid('A mocked error output must have an error');
    return { error, cause };
  }
  return { result: read(result ?? '', () => invalid('Mocked result must be valid JSON')) };
}

/** @throws ServiceError InvalidExecutionInput */
export function inputOf({ input = '{}' }: TestState): Json {
  return read(
    input,
    () =>
      new ServiceError(
        'InvalidExecutionInput',
        `Invalid State Machine Execution Input: '${jsonFault(input).message}'`,
      ),
  );
}

/** @throws ServiceError ValidationException */
export function objectOf(text: string | undefined, what: string): JsonObject | undefined {
  if (text === undefined) return undefined;
  const refused = () => invalid(`${what} must be a valid JSON object`);
  const value = read(text, refused);
  if (!isObject(value)) throw refused();
  return value;
}

export function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

function read(text: string, refused: () => ServiceError): Json {
  try {
    return parseJson(text);
  } catch {
    throw refused();
  }
}
