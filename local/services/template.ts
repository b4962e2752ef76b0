import * as z from 'zod';

/** CloudFormation passes numbers and booleans as text too. */
export const cfnNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .transform(Number),
]);
export const cfnBoolean = z.union([
  z.boolean(),
  z.enum(['true', 'false']).transform((text) => text === 'true'),
]);

/**
 * The properties of one resource type: what its local part reads, and what it may leave aside.
 * Any other property would change behaviour on AWS and not here, so it is refused by its name.
 */
export interface TemplateProperties<S extends z.ZodRawShape> {
  readonly type: string;
  /** Property → why the laptop may leave it aside. */
  readonly harmless: Readonly<Record<string, string>>;
  /** @throws Error naming resource and property */
  parse(where: string, properties: unknown): z.infer<z.ZodObject<S>>;
}

export function templateProperties<S extends z.ZodRawShape>(
  type: string,
  shape: S,
  harmless: Readonly<Record<string, string>> = {},
): TemplateProperties<S> {
  const schema = z.object(shape);
  const known = new Set([...Object.keys(shape), ...Object.keys(harmless)]);
  return {
    type,
    harmless,
    parse: (where, properties) => {
      const given = z.record(z.string(), z.unknown()).parse(properties ?? {});
      const unknown = Object.keys(given).filter((name) => !known.has(name));
      if (unknown.length > 0) {
        throw new Error(
          `${where} (${type}): the local cloud does not know ${unknown.join(', ')}, which may change what it does`,
        );
      }
      const parsed = schema.safeParse(given);
      if (!parsed.success) {
        throw new Error(`${where} (${type}): ${z.prettifyError(parsed.error)}`);
      }
      return parsed.data;
    },
  };
}
