import * as z from 'zod';
import { parameterFault } from './errors.ts';
import type { Form } from './form.ts';

/** Building blocks for the parameters of the endpoints: everything arrives as text. */
export const text = z.string().min(1);
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, 'integer')
  .transform(Number);
export const positive = integer.refine((value) => value > 0, 'must be greater than or equal to 1');
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
export const expand = z.array(z.string()).optional();

/** `''` unsets; a list is an object whose keys happened to be 0, 1, 2… */
export const metadata = z.preprocess(
  (value) => (Array.isArray(value) ? { ...value } : value),
  z.union([
    z.literal('').transform(() => null),
    z.record(z.string().max(40), z.string().max(500, 'values can have up to 500 characters')),
  ]),
);

/** Methods beside cards are passed over, as Stripe passes over what does not fit; a list without cards leaves nothing. */
export const allowedTypes = z
  .array(text)
  .refine((types) => types.includes('card'), 'no payment method type of it can be used');

/** Merges a change of metadata: an empty value unsets its key, `null` unsets all. */
export function mergeMetadata(
  current: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  if (change === undefined) return { ...current };
  if (change === null) return {};
  return Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, value]) => value !== ''),
  );
}

export const address = z.strictObject({
  city: z.string().nullable().default(null),
  country: z.string().nullable().default(null),
  line1: z.string().nullable().default(null),
  line2: z.string().nullable().default(null),
  postal_code: z.string().nullable().default(null),
  state: z.string().nullable().default(null),
});

export const shipping = z.strictObject({
  address,
  name: z.string(),
  carrier: z.string().nullable().default(null),
  phone: z.string().nullable().default(null),
  tracking_number: z.string().nullable().default(null),
});

/** @throws StripeFault naming the first wrong parameter */
export function parse<S extends z.ZodType>(schema: S, form: Form): z.output<S> {
  const parsed = schema.safeParse(form, { reportInput: true });
  if (!parsed.success) throw parameterFault(parsed.error);
  return parsed.data;
}
