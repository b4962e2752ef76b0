import type { State } from './definition.ts';
import type { Faults } from './diagnostics.ts';
import { isIntrinsic, parseIntrinsic } from './intrinsics.ts';
import { isArray, isObject, type Json } from './json.ts';
import { isReference, pathOf } from './paths.ts';

const payloads = new Set([
  'Parameters',
  'ResultSelector',
  'ItemSelector',
  'Assign',
  'Credentials',
  'ItemBatcher',
]);
const paths = new Set(['InputPath', 'OutputPath', 'ItemsPath']);
/** Where an intrinsic function may stand for the path. */
const computed = new Set([
  'ErrorPath',
  'CausePath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
]);
/** Where only a place in the input or a variable may stand. */
const references = new Set([
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
]);

const noReference = 'Value is not a Reference Path: value must be a valid Reference Path';

/** The paths and intrinsic calls of a JSONPath state: whether each can be read at all. */
export function checkTemplates(state: State, faults: Faults): void {
  for (const [field, value] of Object.entries(state)) {
    const at = `${state.at}/${field}`;
    if (payloads.has(field)) checkPayload(value, at, faults);
    else if (typeof value !== 'string') continue;
    else if (paths.has(field) && !readable(value))
      faults.schema('Value is not a valid JSONPath', at);
    else if (computed.has(field) && !readable(value) && !callable(value))
      faults.schema(mustBe(field), at);
    else if (field === 'ResultPath' && !isReference(value)) faults.schema(noReference, at);
    else if (references.has(field) && (!isReference(value) || value.startsWith('$$')))
      faults.schema(noReference, at);
  }
  if ('Catch' in state)
    for (const [index, { ResultPath: path }] of (state.Catch ?? []).entries())
      if (typeof path === 'string' && !isReference(path))
        faults.schema(noReference, `${state.at}/Catch[${index}]/ResultPath`);
}

function checkPayload(template: Json, at: string, faults: Faults): void {
  if (isArray(template)) {
    for (const [index, one] of template.entries()) checkPayload(one, `${at}[${index}]`, faults);
    return;
  }
  if (!isObject(template)) return;
  for (const [key, value] of Object.entries(template)) {
    if (!key.endsWith('.$')) checkPayload(value, `${at}/${key}`, faults);
    else if (typeof value !== 'string' || !(readable(value) || callable(value)))
      faults.schema(mustBe(key), at);
  }
}

function mustBe(field: string): string {
  return `The value for the field '${field}' must be a valid JSONPath or a valid intrinsic function call`;
}

function readable(path: string): boolean {
  try {
    pathOf(path);
    return !path.startsWith('@');
  } catch {
    return false;
  }
}

function callable(text: string): boolean {
  if (!isIntrinsic(text)) return false;
  try {
    parseIntrinsic(text);
    return true;
  } catch {
    return false;
  }
}
