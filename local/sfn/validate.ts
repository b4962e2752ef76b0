import {
  type Definition,
  invalid,
  parseDefinition,
  type State,
  type TaskState,
} from './definition.ts';
import { ErrorName } from './errors.ts';
import { checkExpression } from './expressions.ts';
import type { Integrations } from './integrations/integrations.ts';
import { callOf } from './integrations/service.ts';
import { hasOperation } from './integrations/sfn.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { resourceOf } from './resource.ts';
import { ruleFault } from './rules.ts';
import type { MachineType } from './store/store.ts';

/** @throws ServiceError InvalidDefinition */
export function validDefinition(
  text: string,
  integrations: Integrations,
  type: MachineType,
): Definition {
  const definition = parseDefinition(text);
  for (const scope of definition.scopes.values())
    for (const state of scope.states.values()) {
      if (state.Type === 'Task')
        checkResource(state.Resource, `${state.at}/Resource`, integrations, type);
      if ('Retry' in state || 'Catch' in state) checkGuards(state);
      if (state.Type === 'Task') checkLimits(state);
      if (state.Type === 'Choice')
        for (const rule of state.Choices) {
          const fault = state.language === 'JSONPath' ? ruleFault(rule) : conditionFault(rule);
          if (fault !== undefined)
            throw invalid('SCHEMA_VALIDATION_FAILED', fault, `${state.at}/Choices`);
        }
      if (state.language === 'JSONata') checkExpressions(state);
    }
  return definition;
}

/** States.ALL stands alone, in the last retrier or catcher: what comes after it could never be reached. */
function checkGuards(state: State): void {
  if (state.Type !== 'Task' && state.Type !== 'Parallel' && state.Type !== 'Map') return;
  for (const [field, guards] of [
    ['Retry', state.Retry ?? []],
    ['Catch', state.Catch ?? []],
  ] as const)
    for (const [index, guard] of guards.entries()) {
      if (!guard.ErrorEquals.includes(ErrorName.all)) continue;
      if (guard.ErrorEquals.length > 1 || index < guards.length - 1)
        throw invalid(
          'SCHEMA_VALIDATION_FAILED',
          'States.ALL must appear alone, and in the last retrier or catcher only',
          `${state.at}/${field}[${index}]/ErrorEquals`,
        );
    }
}

function checkLimits(state: TaskState): void {
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout)
    throw invalid(
      'SCHEMA_VALIDATION_FAILED',
      'HeartbeatSeconds must be smaller than TimeoutSeconds',
      state.at,
    );
}

function conditionFault(rule: JsonObject): string | undefined {
  if (!('Condition' in rule)) return "a rule needs a 'Condition'";
  if (typeof rule['Next'] !== 'string') return "a rule needs a 'Next'";
  const known = ['Condition', 'Next', 'Assign', 'Output', 'Comment'];
  const odd = Object.keys(rule).find((key) => !known.includes(key));
  return odd === undefined ? undefined : `a rule has no field '${odd}'`;
}

function checkResource(
  arn: string,
  at: string,
  integrations: Integrations,
  type: MachineType,
): void {
  const resource = resourceOf(arn);
  if (resource === undefined)
    throw invalid('SCHEMA_VALIDATION_FAILED', `Value is not a valid resource ARN: ${arn}`, at);
  if (type === 'EXPRESS' && resource.pattern !== 'request') {
    const pattern = resource.pattern === 'token' ? '.waitForTaskToken' : '.sync';
    throw invalid(
      'SCHEMA_VALIDATION_FAILED',
      `Express state machine does not support '${pattern}' service integration`,
      at,
    );
  }
  if (resource.type === 'lambda' && resource.action === 'invoke') return;
  if (resource.type === 'states' && resource.action === 'startExecution') return;
  if (resource.type === 'aws-sdk:lambda' && resource.action === 'invoke') return;
  if (hasOperation(resource)) return;
  if (resource.pattern === 'sync' || resource.pattern === 'sync:2')
    throw invalid('SCHEMA_VALIDATION_FAILED', `nothing here waits for ${arn}`, at);
  if (callOf(integrations, resource) === undefined)
    throw invalid(
      'SCHEMA_VALIDATION_FAILED',
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      at,
    );
}

/** Every expression of a state, each with the place it stands at. */
function checkExpressions(state: State): void {
  for (const [field, value] of Object.entries(state)) {
    if (!withoutExpressions.has(field))
      eachExpression(value, `${state.at}/${field}`, (source, at) =>
        checkExpression(source, at, field === 'Catch'),
      );
  }
}

/** Fields of other states, and of our own. */
const withoutExpressions = new Set(['Branches', 'ItemProcessor', 'Iterator', 'Comment', 'at']);

function eachExpression(
  value: Json | undefined,
  at: string,
  check: (source: string, at: string) => void,
): void {
  if (typeof value === 'string') {
    const source = /^\{%([\s\S]*)%\}$/.exec(value)?.[1];
    if (source !== undefined) check(source.trim(), at);
  } else if (isArray(value)) {
    for (const [index, one] of value.entries()) eachExpression(one, `${at}[${index}]`, check);
  } else if (isObject(value)) {
    for (const [key, one] of Object.entries(value)) eachExpression(one, `${at}/${key}`, check);
  }
}
