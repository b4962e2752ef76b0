import { checkAssignments } from './assignments.ts';
import type { Definition, MapState, State, TaskState, WaitState } from './definition.ts';
import { readDefinition } from './definition.ts';
import { Faults } from './diagnostics.ts';
import { ErrorName } from './errors.ts';
import { eachExpression, expressionFault } from './expressions.ts';
import { checkGraph } from './graph.ts';
import type { Integrations } from './integrations/integrations.ts';
import { missingParameters } from './integrations/parameters.ts';
import { callOf } from './integrations/service.ts';
import { hasOperation } from './integrations/sfn.ts';
import { isObject } from './json.ts';
import { isExpression } from './jsonata.ts';
import { type Resource, resourceOf } from './resource.ts';
import { ruleFaults } from './rules.ts';
import type { MachineType } from './store/store.ts';
import { checkTemplates } from './templates.ts';
import { timeOf } from './timestamp.ts';

/**
 * A definition the service would take.
 * @throws InvalidDefinition with every fault of its states; where they have none, with those of the ways between them
 */
export function validDefinition(
  text: string,
  integrations: Integrations,
  type: MachineType,
): Definition {
  const faults = new Faults();
  const definition = readDefinition(text, faults, (state) =>
    inspectState(state, integrations, type, faults),
  );
  checkAssignments(definition, faults);
  faults.check();
  checkGraph(definition.scopes.values(), faults);
  faults.check();
  return definition;
}

/** What is wrong with a state, whose shape is right. */
export function inspectState(
  state: State,
  integrations: Integrations,
  type: MachineType,
  faults: Faults,
): void {
  if (state.Type === 'Task') checkTask(state, integrations, type, faults);
  if (state.Type === 'Map') checkMap(state, faults);
  if (state.Type === 'Wait') checkWait(state, faults);
  checkGuards(state, faults);
  if (state.Type === 'Choice')
    for (const [index, rule] of state.Choices.entries())
      ruleFaults(rule, state.language, `${state.at}/Choices[${index}]`, faults);
  if (state.language === 'JSONata') checkExpressions(state, faults);
  else checkTemplates(state, faults);
}

/** States.ALL stands alone, in the last retrier or catcher: what comes after it could never be reached. */
function checkGuards(state: State, faults: Faults): void {
  if (state.Type !== 'Task' && state.Type !== 'Parallel' && state.Type !== 'Map') return;
  for (const [field, guards] of [
    ['Retry', state.Retry ?? []],
    ['Catch', state.Catch ?? []],
  ] as const)
    for (const [index, { ErrorEquals: names }] of guards.entries()) {
      const at = names.indexOf(ErrorName.all);
      if (at >= 0 && (names.length > 1 || index < guards.length - 1))
        faults.schema(
          'States.ALL must appear alone and at end of list',
          `${state.at}/${field}[${index}]/ErrorEquals[${at}]`,
        );
    }
}

function checkWait(state: WaitState, faults: Faults): void {
  const ways = ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'] as const;
  if (ways.every((way) => state[way] === undefined))
    faults.schema(`There should be one of the following fields: [${ways.join(', ')}]`, state.at);
  const { Timestamp: timestamp } = state;
  const computed = state.language === 'JSONata' && isExpression(timestamp);
  if (timestamp !== undefined && !computed && timeOf(timestamp) === undefined)
    faults.schema('String does not match RFC3339 timestamp', `${state.at}/Timestamp`);
}

function checkMap(state: MapState, faults: Faults): void {
  const field = state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
  if (state[field]?.ProcessorConfig?.Mode === 'DISTRIBUTED')
    faults.schema(
      'A distributed Map is not available here',
      `${state.at}/${field}/ProcessorConfig/Mode`,
    );
  for (const distributed of ['ItemReader', 'ResultWriter'] as const)
    if (state[distributed] !== undefined)
      faults.schema(
        `Field '${distributed}' is of a distributed Map, which is not available here`,
        state.at,
      );
}

function checkTask(
  state: TaskState,
  integrations: Integrations,
  type: MachineType,
  faults: Faults,
): void {
  const at = `${state.at}/Resource`;
  const arn = state.Resource;
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof heartbeat === 'number' && typeof timeout === 'number' && heartbeat >= timeout)
    faults.schema('HeartbeatSeconds must be smaller than TimeoutSeconds', state.at);
  if (/^arn:[\w-]+:states:[\w-]*:\d*:activity:/.test(arn)) {
    faults.schema(`Activities are not available here: ${arn}`, at);
    return;
  }
  const resource = resourceOf(arn);
  if (resource === undefined) faults.schema('Value is not a valid resource ARN', at);
  else {
    checkResource(resource, at, integrations, type, faults);
    checkParameters(state, resource, faults);
  }
}

function checkParameters(state: TaskState, resource: Resource, faults: Faults): void {
  const field = state.language === 'JSONata' ? 'Arguments' : 'Parameters';
  const template = state[field];
  if (!isObject(template)) return;
  for (const name of missingParameters(resource, template))
    faults.schema(`The field '${name}' is required but was missing`, `${state.at}/${field}`);
}

function checkResource(
  resource: Resource,
  at: string,
  integrations: Integrations,
  type: MachineType,
  faults: Faults,
): void {
  const { arn } = resource;
  if (type === 'EXPRESS' && resource.pattern !== 'request') {
    const pattern = resource.pattern === 'token' ? '.waitForTaskToken' : '.sync';
    faults.schema(`Express state machine does not support '${pattern}' service integration`, at);
    return;
  }
  if (resource.type === 'lambda' && resource.action === 'invoke') return;
  if (resource.type === 'states' && resource.action === 'startExecution') return;
  if (resource.pattern === 'sync' || resource.pattern === 'sync:2') {
    faults.schema(`nothing here waits for ${arn}`, at);
    return;
  }
  if (resource.type === 'aws-sdk:lambda' && resource.action === 'invoke') return;
  if (hasOperation(resource)) return;
  if (callOf(integrations, resource) === undefined)
    faults.schema(
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      at,
    );
}

/** Fields of other states, and of our own. */
const withoutExpressions = new Set(['Branches', 'ItemProcessor', 'Iterator', 'Comment', 'at']);

/** Every expression of a state, each with the place it stands at. */
function checkExpressions(state: State, faults: Faults): void {
  for (const [field, value] of Object.entries(state)) {
    if (withoutExpressions.has(field)) continue;
    eachExpression(value, `${state.at}/${field}`, (source, at) => {
      const fault = expressionFault(source, field === 'Catch');
      if (fault !== undefined) faults.add(fault.code, fault.message, at);
    });
  }
}
