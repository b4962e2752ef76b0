import { type Definition, invalid, parseDefinition } from './definition.ts';
import type { Integrations } from './integrations/integrations.ts';
import { callOf } from './integrations/service.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { resourceOf } from './resource.ts';
import { ruleFault } from './rules.ts';

/** @throws ServiceError InvalidDefinition */
export function validDefinition(text: string, integrations: Integrations): Definition {
  const definition = parseDefinition(text);
  for (const scope of definition.scopes.values())
    for (const state of scope.states.values()) {
      if (state.Type === 'Task') checkResource(state.Resource, state.name, integrations);
      if (state.Type === 'Choice')
        for (const rule of state.Choices) {
          const fault = state.language === 'JSONPath' ? ruleFault(rule) : conditionFault(rule);
          if (fault !== undefined)
            throw invalid('SCHEMA_VALIDATION_FAILED', fault, `/States/${state.name}/Choices`);
        }
      if (state.language === 'JSONata') checkExpressions(state, state.name);
    }
  return definition;
}

function conditionFault(rule: JsonObject): string | undefined {
  if (!('Condition' in rule)) return "a rule needs a 'Condition'";
  if (typeof rule['Next'] !== 'string') return "a rule needs a 'Next'";
  const known = ['Condition', 'Next', 'Assign', 'Output', 'Comment'];
  const odd = Object.keys(rule).find((key) => !known.includes(key));
  return odd === undefined ? undefined : `a rule has no field '${odd}'`;
}

function checkResource(arn: string, state: string, integrations: Integrations): void {
  const at = `/States/${state}/Resource`;
  const resource = resourceOf(arn);
  if (resource === undefined)
    throw invalid('SCHEMA_VALIDATION_FAILED', `Value is not a valid resource ARN: ${arn}`, at);
  if (resource.type === 'lambda' && resource.action === 'invoke') return;
  if (resource.type === 'states' && resource.action === 'startExecution') return;
  if (callOf(integrations, resource) === undefined)
    throw invalid(
      'SCHEMA_VALIDATION_FAILED',
      `The resource provided ${arn} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      at,
    );
}

/** Operators of JSONata after 2.0.6, and functions Step Functions does not have. */
function checkExpressions(state: object, name: string): void {
  for (const [field, value] of Object.entries(state)) {
    if (field === 'Branches' || field === 'ItemProcessor' || field === 'Iterator') continue;
    for (const source of expressionsIn(value)) {
      const bare = source.replace(
        /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\/\*[\s\S]*?\*\//g,
        '""',
      );
      const refused = /\?\?|\?:|\$eval\b/.exec(bare)?.[0];
      if (refused !== undefined)
        throw invalid(
          'SCHEMA_VALIDATION_FAILED',
          `the JSONata expression '${source.trim()}' uses ${refused}, which Step Functions does not support`,
          `/States/${name}/${field}`,
        );
    }
  }
}

function expressionsIn(value: Json | undefined): string[] {
  if (typeof value === 'string') {
    const source = /^\{%([\s\S]*)%\}$/.exec(value)?.[1];
    return source === undefined ? [] : [source];
  }
  if (isArray(value)) return value.flatMap(expressionsIn);
  return isObject(value) ? Object.values(value).flatMap(expressionsIn) : [];
}
