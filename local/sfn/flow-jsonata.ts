import { ErrorName, EvaluationError } from './errors.ts';
import { fieldOf } from './fields.ts';
import type { Flow, Outcome, Vars, View } from './flow.ts';
import { isArray, isObject, type Json } from './json.ts';
import { type Environment, fill, isExpression } from './jsonata.ts';

interface Shape {
  readonly Output?: Json | undefined;
  readonly Assign?: Vars | undefined;
}

/** Data in JSONata states: Arguments in; Output and Assign out, both seeing the variables as they were. */
export const jsonataFlow: Flow = {
  async arguments(view) {
    const template = fieldOf(view, 'Arguments');
    return template === undefined ? view.input : fill(template, 'Arguments', view.environment());
  },
  result: (view, result) => leave(shapeOf(view), '', view.environment({ result }), result),
  through: (view, own) =>
    own === undefined
      ? leave(shapeOf(view), '', view.environment(), view.input)
      : leave(own, `${own.field}/`, view.environment(), view.input),
  pass: (view) => leave(shapeOf(view), '', view.environment(), view.input),
  caught(view, catcher, errorOutput) {
    const at = 'Catch' in view.state ? (view.state.Catch ?? []).indexOf(catcher) : 0;
    return leave(catcher, `Catch[${at}]/`, view.environment({ errorOutput }), errorOutput);
  },
  async number(view, name) {
    const template = fieldOf(view, name);
    if (template === undefined) return undefined;
    const env = view.environment();
    const value = await fill(template, name, env);
    if (typeof value !== 'number') throw wrongType(env, template, name, 'a number', value);
    return value;
  },
  async text(view, name) {
    const template = fieldOf(view, name);
    if (template === undefined) return undefined;
    const env = view.environment();
    const value = await fill(template, name, env);
    if (typeof value !== 'string') throw wrongType(env, template, name, 'a string', value);
    return value;
  },
  async items(view) {
    const template = fieldOf(view, 'Items');
    const env = view.environment();
    const value = template === undefined ? view.input : await fill(template, 'Items', env);
    if (!isArray(value)) throw wrongType(env, template ?? '', 'Items', 'an array', value);
    return value;
  },
  selector(view) {
    const template = fieldOf(view, 'ItemSelector');
    if (template === undefined) return undefined;
    return (_item, child) => fill(template, 'ItemSelector', child.environment());
  },
  fill: (view, name, template) => fill(template, name, view.environment()),
  async choose(view) {
    if (view.state.Type !== 'Choice') return undefined;
    const env = view.environment();
    for (const [at, rule] of view.state.Choices.entries()) {
      const condition = rule['Condition'] ?? null;
      const name = `Choices[${at}]/Condition`;
      const holds = await fill(condition, name, env);
      if (typeof holds !== 'boolean') throw wrongType(env, condition, name, 'a boolean', holds);
      if (holds) return at;
    }
    return undefined;
  },
};

async function leave(
  shape: Shape,
  prefix: string,
  env: Environment,
  otherwise: Json,
): Promise<Outcome> {
  const assign =
    shape.Assign === undefined ? undefined : await fill(shape.Assign, `${prefix}Assign`, env);
  const output =
    shape.Output === undefined ? otherwise : await fill(shape.Output, `${prefix}Output`, env);
  return isObject(assign) ? { output, assign } : { output };
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
