import { isArray, isObject, type Json } from './json.ts';
import { fits, pathOf, type Roots, readPath, type Segment } from './paths.ts';

/**
 * Why a path finds nothing, in the words of the JSONPath library behind Step Functions.
 * @param path a path `readPath` found nothing at
 */
export function whyMissing(path: string, roots: Roots): string {
  const { root, segments } = pathOf(path);
  let at: Place = { value: readPath(root, roots), bare: false };
  let so = '$';
  for (const [index, segment] of segments.entries()) {
    if (at.value === undefined) break;
    if (!fits(segment, at.value)) return misfit(segment, so, { ...at, value: at.value });
    at = next(segment, at.value);
    so += shown(segment);
    if (at.value === undefined && segment.kind === 'name' && index < segments.length - 1)
      return `Missing property in path ${so}`;
  }
  return `No results for path: $${segments.map(shown).join('')}`;
}

/** Where a path has come to. The library unwraps what it takes from an object: a string is no longer a node of a tree. */
interface Place {
  readonly value: Json | undefined;
  readonly bare: boolean;
}

function next(segment: Segment, value: Json): Place {
  if (segment.kind === 'name' && isObject(value))
    return {
      value: Object.hasOwn(value, segment.name) ? value[segment.name] : undefined,
      bare: true,
    };
  if (segment.kind === 'index' && isArray(value))
    return { value: value.at(segment.index), bare: false };
  return { value: undefined, bare: false };
}

function misfit(segment: Segment, so: string, { value, bare }: Place & { value: Json }): string {
  if (segment.kind === 'name' || segment.kind === 'pick')
    return `Expected to find an object with property ${shown(segment)} in path ${so} but found '${classOf(value, bare)}'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.`;
  if (segment.kind !== 'filter' && bare && value === null) return `The path ${so} is null`;
  const context = bare && typeof value === 'string' ? value : JSON.stringify(value);
  return segment.kind === 'filter'
    ? `Filter: ${shown(segment)} can not be applied to primitives. Current context is: ${context}`
    : `Filter: ${shown(segment)} can only be applied to arrays. Current context is: ${context}`;
}

function shown(segment: Segment): string {
  switch (segment.kind) {
    case 'name':
      return `['${segment.name}']`;
    case 'pick':
      return `[${segment.names.map((name) => `'${name}'`).join(',')}]`;
    case 'index':
      return `[${segment.index}]`;
    case 'union':
      return `[${segment.members.map((one) => (typeof one === 'number' ? one : `'${one}'`)).join(',')}]`;
    case 'slice':
      return `[${segment.from ?? ''}:${segment.to ?? ''}]`;
    case 'all':
      return '[*]';
    case 'deep':
      return '..';
    case 'filter':
      return '[?]';
    case 'function':
      return `.${segment.name}()`;
  }
}

const integer = 2 ** 31;

function classOf(value: Json, bare: boolean): string {
  const name = (node: string, own: string): string =>
    bare ? `java.lang.${own}` : `com.fasterxml.jackson.databind.node.${node}`;
  if (value === null) return bare ? 'null' : name('NullNode', '');
  if (isArray(value)) return 'com.fasterxml.jackson.databind.node.ArrayNode';
  if (isObject(value)) return 'com.fasterxml.jackson.databind.node.ObjectNode';
  if (typeof value === 'string') return name('TextNode', 'String');
  if (typeof value === 'boolean') return name('BooleanNode', 'Boolean');
  if (!Number.isInteger(value)) return name('DoubleNode', 'Double');
  return value >= -integer && value < integer
    ? name('IntNode', 'Integer')
    : name('LongNode', 'Long');
}
