import { isDeepStrictEqual } from 'node:util';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  // What JSON.parse gives back is JSON by its own definition.
  const value: Json = JSON.parse(text);
  return value;
}

class Itself {
  constructor(value: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what extends this adds its field to the value it is given.
    return value;
  }
}

/**
 * One value travels as a task's result, a state's output and the next state's input: it is written once. The text is a
 * private field of the value itself, which no copy, comparison or JSON sees; a WeakMap costs several times the parsing.
 */
class Written extends Itself {
  readonly #text: string;

  private constructor(value: object, text: string) {
    super(value);
    this.#text = text;
  }

  static textOf(value: object): string | undefined {
    return #text in value ? value.#text : undefined;
  }

  /** Only for a value that has none yet. */
  static add(value: object, text: string): void {
    new Written(value, text);
  }
}

export function textOf(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = Written.textOf(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  Written.add(value, text);
  return text;
}

/** Parses text that is shown again as it came wherever the value passes through untouched. @throws SyntaxError */
export function parseKept(text: string): Json {
  const value = parseJson(text);
  if (typeof value === 'object' && value !== null) Written.add(value, text);
  return value;
}

/** A value of unknown origin as the JSON it would be on the wire; what JSON cannot say becomes null. */
export function toJson(value: unknown): Json {
  const text = JSON.stringify(value);
  return text === undefined ? null : parseKept(text);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Bytes of `text` in UTF-8, counted only as far as needed to compare it with `limit`. */
export function exceeds(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  if (text.length * 3 <= limit) return false;
  return Buffer.byteLength(text) > limit;
}

/** Whether two texts are the same JSON, whatever their order of fields and their white space. @throws SyntaxError */
export function isSameJson(one: string, other: string): boolean {
  return one === other || isDeepStrictEqual(parseJson(one), parseJson(other));
}
