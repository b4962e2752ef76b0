import * as z from 'zod';
import { InvalidPattern } from './pattern.ts';

/** Turns an event into what one target gets, as JSON text. */
export type Shape = (event: unknown, about: Readonly<Record<string, unknown>>) => string;

export const InputTransformer = z.object({
  InputPathsMap: z.record(z.string(), z.string()).optional(),
  InputTemplate: z.string(),
});

/**
 * What reaches a target: a constant, a part, or a template filled from parts; undefined for the whole event.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function shapeOf(target: {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?: z.infer<typeof InputTransformer> | undefined;
}): Shape | undefined {
  const { Input, InputPath, InputTransformer: transformer } = target;
  if (Input !== undefined) {
    JSON.parse(Input);
    return () => Input;
  }
  if (InputPath !== undefined) {
    const read = compilePath(InputPath);
    return (event) => JSON.stringify(read(event) ?? {});
  }
  if (transformer === undefined) return undefined;
  const paths = Object.entries(transformer.InputPathsMap ?? {}).map(
    ([name, path]) => [name, compilePath(path)] as const,
  );
  return (event, about) => {
    const values = new Map<string, unknown>(Object.entries(about));
    for (const [name, read] of paths) values.set(name, read(event));
    return fill(transformer.InputTemplate, values);
  };
}

/** `<name>` inside of a JSON string is put in as text, elsewhere as JSON. */
function fill(template: string, values: ReadonlyMap<string, unknown>): string {
  let quoted = false;
  return template.replaceAll(/\\.|"|<([^<>\s"]+)>/g, (found, name: string | undefined) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined || !values.has(name)) return found;
    const value = values.get(name);
    if (!quoted) return JSON.stringify(value ?? null);
    const text =
      typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
    return JSON.stringify(text).slice(1, -1);
  });
}

const step = /\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/y;

/** The paths EventBridge takes: `$.detail.items[0]['a-b']`. @throws InvalidPattern for any other */
export function compilePath(path: string): (event: unknown) => unknown {
  if (!path.startsWith('$')) throw new InvalidPattern(`${path}: a path starts with $`);
  const steps: (string | number)[] = [];
  for (step.lastIndex = 1; step.lastIndex < path.length; ) {
    const found = step.exec(path);
    if (found === null) throw new InvalidPattern(`${path}: this path is not known locally`);
    steps.push(found[2] === undefined ? (found[1] ?? found[3] ?? '') : Number(found[2]));
  }
  return (event) => {
    let at: unknown = event;
    for (const key of steps) {
      if (typeof key === 'number') at = Array.isArray(at) ? at[key] : undefined;
      else if (typeof at === 'object' && at !== null && Object.hasOwn(at, key)) {
        at = Object.entries(at).find(([name]) => name === key)?.[1];
      } else return undefined;
    }
    return at;
  };
}
