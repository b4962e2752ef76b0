import { isArray, isObject, type Json } from './json.ts';
import { namesIn, type Roots, readPath } from './paths.ts';

/**
 * Why a path that names one place finds nothing there, in the words of the JSONPath library behind Step Functions.
 * @param path a path `readPath` found nothing at
 */
export function whyMissing(path: string, roots: Roots): string {
  const keys = namesIn(path);
  const whole = canonical(keys);
  const start = readPath(/^\$+\w*/.exec(path)?.[0] ?? '$', roots);
  let at: Json | undefined = start;
  for (const [index, key] of keys.entries()) {
    const so = canonical(keys.slice(0, index));
    const last = index === keys.length - 1;
    if (typeof key === 'number') {
      if (!isArray(at))
        return `Filter: [${key}] can only be applied to arrays. Current context is: ${JSON.stringify(at)}`;
      at = at[key < 0 ? at.length + key : key];
    } else {
      if (!isObject(at))
        return `Expected to find an object with property ['${key}'] in path ${so} but found '${nodeOf(at)}'. This is not a json object according to the JsonProvider: 'com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider'.`;
      at = Object.hasOwn(at, key) ? at[key] : undefined;
    }
    if (at === undefined)
      return last || typeof key === 'number'
        ? `No results for path: ${whole}`
        : `Missing property in path ${canonical(keys.slice(0, index + 1))}`;
  }
  return `No results for path: ${whole}`;
}

function canonical(keys: readonly (string | number)[]): string {
  return `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `['${key}']`)).join('')}`;
}

function nodeOf(value: Json | undefined): string {
  const nodes = 'com.fasterxml.jackson.databind.node';
  if (value === null || value === undefined) return 'null';
  if (isArray(value)) return `${nodes}.ArrayNode`;
  if (typeof value === 'string') return `${nodes}.TextNode`;
  if (typeof value === 'boolean') return `${nodes}.BooleanNode`;
  return Number.isInteger(value) ? `${nodes}.IntNode` : `${nodes}.DoubleNode`;
}
