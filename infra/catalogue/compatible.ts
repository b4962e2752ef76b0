type Schema = Readonly<Record<string, unknown>>;

/** What only people read. */
const words: ReadonlySet<string> = new Set(['$schema', 'title', 'description', 'examples']);
const structure: ReadonlySet<string> = new Set([
  'properties',
  'required',
  'enum',
  'items',
  'anyOf',
  'oneOf',
]);

/**
 * Where `after` breaks what `before` promised, one entry a place; empty where the version may stay. Events of a version
 * are read by consumers deployed before the change, and events kept in the archive by those deployed after it, so the
 * only changes without a new version are a further optional member, which consumers leave alone, and a further value of
 * an enumeration, which waits in their queue until they know it.
 */
export function breakages(before: unknown, after: unknown, at = '#'): readonly string[] {
  if (!isSchema(before) || !isSchema(after)) return same(before, after) ? [] : [`${at} changed`];
  return [
    ...members(before, after, at),
    ...values(before, after, at),
    ...nested(before, after, at),
    ...plain(before, after, at),
  ];
}

function members(before: Schema, after: Schema, at: string): readonly string[] {
  const [old, young] = [before['properties'] ?? {}, after['properties'] ?? {}];
  if (!isSchema(old) || !isSchema(young)) return [`${at} has malformed properties`];
  const [required, requiredNow] = [names(before['required']), names(after['required'])];
  return [
    ...Object.entries(old).flatMap(([name, schema]) =>
      name in young
        ? breakages(schema, young[name], `${at}/${name}`)
        : [`${at}/${name} was removed`],
    ),
    ...[...required]
      .filter((name) => name in young && !requiredNow.has(name))
      .map((name) => `${at}/${name} may now be absent`),
    ...[...requiredNow]
      .filter((name) => !required.has(name))
      .map((name) => `${at}/${name} is now required`),
  ];
}

function values(before: Schema, after: Schema, at: string): readonly string[] {
  const [old, young] = [before['enum'], after['enum']];
  if (old === undefined && young === undefined) return [];
  if (!Array.isArray(old) || !Array.isArray(young)) return [`${at} changed its kind of values`];
  return old.filter((value) => !young.includes(value)).map((value) => `${at} lost ${value}`);
}

function nested(before: Schema, after: Schema, at: string): readonly string[] {
  return ['items', 'anyOf', 'oneOf'].flatMap((keyword) => {
    const [old, young] = [before[keyword], after[keyword]];
    if (!Array.isArray(old) || !Array.isArray(young)) {
      return old === undefined && young === undefined
        ? []
        : breakages(old, young, `${at}/${keyword}`);
    }
    if (old.length !== young.length) return [`${at}/${keyword} has other alternatives`];
    return old.flatMap((each, index) => breakages(each, young[index], `${at}/${keyword}/${index}`));
  });
}

function plain(before: Schema, after: Schema, at: string): readonly string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((keyword) => !words.has(keyword) && !structure.has(keyword))
    .filter((keyword) => !same(before[keyword], after[keyword]))
    .map((keyword) => `${at} changed its ${keyword}`);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function names(value: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
