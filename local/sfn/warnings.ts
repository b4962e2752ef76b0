import { readDefinition, type State } from './definition.ts';
import { type Diagnostic, Faults } from './diagnostics.ts';
import { isIntrinsic } from './intrinsics.ts';
import { isArray, isObject, type Json } from './json.ts';

/** What a definition may have and yet hardly means. */
export function warningsOf(text: string): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  readDefinition(text, new Faults(), (state) => {
    if (state.language === 'JSONPath') found.push(...warned(state));
  });
  return found;
}

const templates = new Set(['Parameters', 'ResultSelector', 'ItemSelector', 'Assign', 'BatchInput']);
const literals = new Set(['Error', 'Cause']);

function* warned(state: State): Generator<Diagnostic> {
  for (const [field, value] of Object.entries(state)) {
    const at = `${state.at}/${field}`;
    if (templates.has(field)) yield* withoutDollar(value, at);
    else if (field === 'Result' && state.Type === 'Pass') yield* computed(value, at);
    else if (literals.has(field)) yield* pathLike(value, at);
  }
  if (state.Type === 'Choice')
    for (const [index, rule] of state.Choices.entries())
      yield* compared(rule, `${state.at}/Choices[${index}]`);
}

/** A template's value that looks computed, under a key that does not say so. */
function* withoutDollar(template: Json, at: string): Generator<Diagnostic> {
  for (const [key, value] of entriesOf(template)) {
    if (key.endsWith('.$')) continue;
    const place = isArray(template) ? `${at}[${key}]` : `${at}/${key}`;
    if (looksComputed(value))
      yield {
        code: 'NO_DOLLAR',
        message: 'No .$ on a field that appears to be a JSONPath or Intrinsic Function',
        location: place,
      };
    else yield* withoutDollar(value, place);
  }
}

/** A Pass's Result is given on as it stands. */
function* computed(result: Json, at: string): Generator<Diagnostic> {
  const computes = (value: Json): boolean =>
    looksComputed(value) ||
    entriesOf(value).some(([key, one]) => (isObject(value) && key.endsWith('.$')) || computes(one));
  if (computes(result))
    yield {
      code: 'PASS_RESULT_IS_STATIC',
      message: 'Attempt to use a path in the result of a pass state',
      location: at,
    };
}

/** A rule that compares with a text that looks like a path. */
function* compared(rule: Json, at: string): Generator<Diagnostic> {
  for (const [key, value] of entriesOf(rule)) {
    const place = isArray(rule) ? `${at}[${key}]` : `${at}/${key}`;
    if (typeof value === 'object') yield* compared(value, place);
    else if (/^(?:String|Timestamp)/.test(key) && !key.endsWith('Path'))
      yield* pathLike(value, place);
  }
}

function* pathLike(value: Json, at: string): Generator<Diagnostic> {
  if (looksLikePath(value))
    yield {
      code: 'NO_PATH',
      message: "Field value looks like a path, but field name does not end with 'Path'",
      location: at,
    };
}

function looksComputed(value: Json): boolean {
  return looksLikePath(value) || (typeof value === 'string' && isIntrinsic(value));
}

function looksLikePath(value: Json): boolean {
  return typeof value === 'string' && /^\$\$?[.[]/.test(value);
}

function entriesOf(value: Json): [string, Json][] {
  return isArray(value) || isObject(value) ? Object.entries(value) : [];
}
