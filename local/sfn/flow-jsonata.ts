import { ErrorName, EvaluationError } from './errors.ts';
import { fieldOf } from './fields.ts';
import type { Flow, Outcome, Vars, View } from './flow.ts';
import { isArray, isObject, type Json } from './json.ts';
import { type Environment, fill, isExpression } from './jsonata.ts';
import { type Awaitable, after, perform, ready, type Work } from './work.ts';

interface Shape {
  readonly Output?: Json | undefined;
  readonly Assign?: Vars | undefined;
}

/** Data in JSONata states: Arguments in; Output and Assign out, both seeing the variables as they were. */
export const jsonataFlow: Flow = {
  arguments(view) {
    const template = fieldOf(view, 'Arguments');
    return template === undefined ? view.input : fill(template, 'Arguments', view.environment());
  },
  result: (view, result) => left(shapeOf(view), '', view.environment({ result }), result),
  through: (view, own) =>
    own === undefined
      ? left(shapeOf(view), '', view.environment(), view.input)
      : left(own, `${own.field}/`, view.environment(), view.input),
  pass: (view) => left(shapeOf(view), '', view.environment(), view.input),
  caught(view, catcher, errorOutput) {
    const at = 'Catch' in view.state ? (view.state.Catch ?? []).indexOf(catcher) : 0;
    return left(catcher, `Catch[${at}]/`, view.environment({ errorOutput }), errorOutput);
  },
  number(view, name) {
    const template = fieldOf(view, name);
    if (template === undefined) return undefined;
    const env = view.environment();
    return after(fill(template, name, env), (value) => {
      if (typeof value !== 'number') throw wrongType(env, template, name, 'a number', value);
      return value;
    });
  },
  text(view, name) {
    const template = fieldOf(view, name);
    if (template === undefined) return undefined;
    const env = view.environment();
    return after(fill(template, name, env), (value) => {
      if (typeof value !== 'string') throw wrongType(env, template, name, 'a string', value);
      return value;
    });
  },
  items(view) {
    const template = fieldOf(view, 'Items');
    const env = view.environment();
    return after(template === undefined ? view.input : fill(template, 'Items', env), (value) => {
      if (!isArray(value)) throw wrongType(env, template ?? '', 'Items', 'an array', value);
      return value;
    });
  },
  selector(view) {
    const template = fieldOf(view, 'ItemSelector');
    if (template === undefined) return undefined;
    return (_item, child) => fill(template, 'ItemSelector', child.environment());
  },
  fill: (view, name, template) => fill(template, name, view.environment()),
  choose: (view) => perform(chosen(view)),
};

function* chosen(view: View): Work<number | undefined> {
  if (view.state.Type !== 'Choice') return undefined;
  const env = view.environment();
  for (const [at, rule] of view.state.Choices.entries()) {
    const condition = rule['Condition'] ?? null;
    const name = `Choices[${at}]/Condition`;
    const holds = yield* ready(fill(condition, name, env));
    if (typeof holds !== 'boolean') throw wrongType(env, condition, name, 'a boolean', holds);
    if (holds) return at;
  }
  return undefined;
}

function left(shape: Shape, prefix: string, env: Environment, otherwise: Json): Awaitable<Outcome> {
  return perform(leave(shape, prefix, env, otherwise));
}

function* leave(shape: Shape, prefix: string, env: Environment, otherwise: Json): Work<Outcome> {
  const assign =
    shape.Assign === undefined
      ? undefined
      : yield* ready(fill(shape.Assign, `${prefix}Assign`, env));
  const output =
    shape.Output === undefined
      ? otherwise
      : yield* ready(fill(shape.Output, `${prefix}Output`, env));
  return isObject(assign) && Object.keys(assign).length > 0 ? { output, assign } : { output };
}

function shapeOf(view: View): Shape {
  return 'Output' in view.state || 'Assign' in view.state ? view.state : {};
}

function wrongType(
  env: Environment,
  template: Json,
  name: string,
  wanted: string,
  got: Json,
): EvaluationError {
  const kind = got === null ? 'null' : isArray(got) ? 'array' : typeof got;
  const source = isExpression(template) ? template.slice(2, -2).trim() : JSON.stringify(template);
  return new EvaluationError(
    ErrorName.query,
    `${env.where} The JSONata expression '${source}' specified for the field '${name}' returned an unexpected result type. Expected '${wanted.replace(/^an? /, '')}', but was '${kind}' for value: ${JSON.stringify(got)}`,
    name,
  );
}
