import { ErrorName, StateError } from './errors.ts';
import { fieldOf } from './fields.ts';
import type { Flow, Outcome, Vars, View } from './flow.ts';
import { callIntrinsic, isIntrinsic } from './intrinsics.ts';
import { isArray, isObject, type Json } from './json.ts';
import { whyMissing } from './missing.ts';
import { type Roots, readPath, writePath } from './paths.ts';
import { holds } from './rules.ts';

/** Data in JSONPath states: InputPath and Parameters in; ResultSelector, Assign, ResultPath and OutputPath out. */
export const jsonpathFlow: Flow = {
  arguments: filledArguments,
  result(view, result) {
    const selector = fieldOf(view, 'ResultSelector');
    const selected = selector === undefined ? result : fillTemplate(selector, lookup(view, result));
    return leave(view, selected, assigned(view, fieldOf(view, 'Assign'), result));
  },
  through(view, own) {
    const input = effective(view);
    const assign = own === undefined ? fieldOf(view, 'Assign') : own.Assign;
    return outcome(outputPath(view, input), assigned(view, assign, input));
  },
  pass(view) {
    const literal = fieldOf(view, 'Result');
    const result = literal === undefined ? filledArguments(view) : literal;
    return leave(view, result, assigned(view, fieldOf(view, 'Assign'), result));
  },
  caught(view, catcher, errorOutput) {
    const output = combined(view, catcher.ResultPath, errorOutput);
    return outcome(output, assigned(view, catcher.Assign, errorOutput));
  },
  number(view, name) {
    const value = scalar(view, name);
    if (value === undefined) return undefined;
    if (typeof value === 'number') return value;
    if (waits.has(name)) throw runtime(view, notSeconds(view, name, value));
    throw notValid(view, name, name.endsWith('Percentage') ? 'float' : 'integer', value);
  },
  text(view, name) {
    const value = scalar(view, name);
    if (value === undefined) return undefined;
    if (typeof value === 'string') return value;
    if (!waits.has(name)) throw notValid(view, name, 'string', value);
    throw runtime(
      view,
      `The ${name}Path parameter does not reference a valid ISO-8601 extended offset date-time format string: ${String(fieldOf(view, `${name}Path`))} == ${JSON.stringify(value)}`,
    );
  },
  items(view) {
    const path = fieldOf(view, 'ItemsPath');
    const input = effective(view);
    const items = typeof path === 'string' ? at(path, 'ItemsPath', lookup(view, input)) : input;
    if (!isArray(items))
      throw runtime(
        view,
        `Reference path "${typeof path === 'string' ? path : '$'}" must point to array.`,
      );
    return items;
  },
  selector(view) {
    const template = fieldOf(view, 'ItemSelector') ?? fieldOf(view, 'Parameters');
    if (template === undefined) return undefined;
    return (_item, child) => fillTemplate(template, lookup(child, effective(view)));
  },
  fill(view, _name, template) {
    return fillTemplate(template, lookup(view, effective(view)));
  },
  choose(view) {
    if (view.state.Type !== 'Choice') return undefined;
    const roots = lookup(view, effective(view)).roots;
    const where = view.environment().where;
    const found = view.state.Choices.findIndex((rule) => holds(rule, roots, where));
    return found < 0 ? undefined : found;
  },
};

/** The input after InputPath and Parameters. */
function filledArguments(view: View): Json {
  const input = effective(view);
  const template = fieldOf(view, 'Parameters');
  return template === undefined ? input : fillTemplate(template, lookup(view, input));
}

function notValid(view: View, name: string, type: string, value: Json): StateError {
  const path = fieldOf(view, `${name}Path`);
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return runtime(
    view,
    `The ${name}Path field refers to value "${shown}" which is not a valid ${type}: ${typeof path === 'string' ? path : ''}`,
  );
}

function notSeconds(view: View, name: string, value: Json): string {
  const path = fieldOf(view, `${name}Path`);
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return `The ${name}Path parameter cannot be parsed as a long value: ${String(path)} == ${shown}`;
}

interface Lookup {
  readonly view: View;
  readonly roots: Roots;
}

function lookup(view: View, data: Json): Lookup {
  const env = view.environment();
  return { view, roots: { data, context: env.states.context, vars: env.vars } };
}

/** The state's input after InputPath. */
function effective(view: View): Json {
  const path = 'InputPath' in view.state ? view.state.InputPath : undefined;
  if (path === undefined) return view.input;
  return path === null ? {} : whole(path, lookup(view, view.input));
}

function leave(view: View, result: Json, assign: Vars | undefined): Outcome {
  const path = fieldOf(view, 'ResultPath');
  const output = combined(
    view,
    path === null || typeof path === 'string' ? path : undefined,
    result,
  );
  return outcome(outputPath(view, output), assign);
}

function combined(view: View, resultPath: string | null | undefined, result: Json): Json {
  if (resultPath === undefined || resultPath === '$') return result;
  if (resultPath === null) return view.input;
  const output = writePath(view.input, resultPath, result);
  if (output === undefined)
    throw new StateError(
      ErrorName.resultPath,
      `${view.environment().where} Unable to apply step "${resultPath}" to input ${JSON.stringify(view.input)}`,
    );
  return output;
}

function outputPath(view: View, output: Json): Json {
  const path = 'OutputPath' in view.state ? view.state.OutputPath : undefined;
  if (path === undefined) return output;
  return path === null ? {} : whole(path, lookup(view, output));
}

function assigned(view: View, assign: Json | undefined, data: Json): Vars | undefined {
  if (assign === undefined) return undefined;
  const filled = fillTemplate(assign, lookup(view, data));
  return isObject(filled) && Object.keys(filled).length > 0 ? filled : undefined;
}

function outcome(output: Json, assign: Vars | undefined): Outcome {
  return assign === undefined ? { output } : { output, assign };
}

/** `field` itself, or what stands at `fieldPath` (a path, or an intrinsic). */
function scalar(view: View, name: string): Json | undefined {
  const own = fieldOf(view, name);
  if (own !== undefined) return own;
  const path = fieldOf(view, `${name}Path`);
  if (typeof path !== 'string') return undefined;
  const seen = lookup(view, effective(view));
  if (isIntrinsic(path)) return intrinsic(path, seen);
  if (!waits.has(name)) return at(path, `${name}Path`, seen);
  const value = readPath(path, seen.roots);
  if (value === undefined)
    throw runtime(view, `The ${name}Path parameter does not reference an input value: ${path}`);
  return value;
}

const waits = new Set(['Seconds', 'Timestamp']);

/** What stands at a path that is a field by itself. */
function whole(path: string, seen: Lookup): Json {
  const { view, roots } = seen;
  if (path !== '$') notOfNull(path, seen);
  const value = readPath(path, roots);
  if (value === undefined)
    throw runtime(view, `Invalid path '${path}' : ${whyMissing(path, roots)}`);
  return value;
}

/** Fills a payload template: a key that ends in `.$` holds a path or an intrinsic call. */
function fillTemplate(template: Json, seen: Lookup): Json {
  if (isArray(template)) return template.map((one) => fillTemplate(one, seen));
  if (!isObject(template)) return template;
  const filled: Record<string, Json> = {};
  for (const [key, value] of Object.entries(template)) {
    if (key.endsWith('.$') && typeof value === 'string')
      filled[key.slice(0, -2)] = isIntrinsic(value) ? intrinsic(value, seen) : at(value, key, seen);
    else filled[key] = fillTemplate(value, seen);
  }
  return filled;
}

function intrinsic(call: string, seen: Lookup): Json {
  const env = seen.view.environment();
  const failed = (message: string, error: string = ErrorName.intrinsic): StateError =>
    new StateError(
      error,
      `${env.where} The function '${call}' had the following error: ${message}`,
    );
  try {
    return callIntrinsic(call, seen.roots, env, (path) => {
      throw failed(
        `The JsonPath argument for the field '${path}' could not be found in the input '${searched(path, seen)}'`,
        ErrorName.runtime,
      );
    });
  } catch (error) {
    if (error instanceof StateError && error.cause?.startsWith(env.where)) throw error;
    throw failed(error instanceof StateError ? (error.cause ?? '') : String(error));
  }
}

function at(path: string, name: string, seen: Lookup): Json {
  notOfNull(path, seen);
  const value = readPath(path, seen.roots);
  if (value === undefined)
    throw runtime(
      seen.view,
      `The JSONPath '${path}' specified for the field '${name}' could not be found in the input '${searched(path, seen)}'`,
    );
  return value;
}

/** Where a path was looked up, as its failure shows it. */
function searched(path: string, { roots }: Lookup): string {
  return JSON.stringify(path.startsWith('$$') ? roots.context() : roots.data);
}

/** A null has nothing to be looked up in, not even itself. */
function notOfNull(path: string, { view, roots }: Lookup): void {
  if (roots.data === null && (path === '$' || /^\$[.[]/.test(path)))
    throw runtime(view, 'Unable to apply Path transformation to null or empty input.');
}

function runtime(view: View, message: string): StateError {
  return new StateError(ErrorName.runtime, `${view.environment().where} ${message}`);
}
