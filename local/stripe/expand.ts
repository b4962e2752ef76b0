import { invalidRequest } from './errors.ts';

/** What may be expanded in which object. The current API version has no `charges` on a PaymentIntent. */
const expandable: Readonly<Record<string, readonly string[]>> = {
  payment_intent: ['latest_charge', 'payment_method', 'customer'],
  charge: ['payment_intent', 'customer', 'refunds'],
  refund: ['charge', 'payment_intent', 'customer', 'payment_method'],
  dispute: ['charge', 'payment_intent'],
  setup_intent: ['payment_method', 'customer'],
  payment_method: ['customer'],
};

export type Lookup = (id: string, field: string) => object | undefined;

/**
 * Replaces ids by what they name, along each path (`data.latest_charge.customer`).
 * @throws StripeFault for a path that cannot be expanded
 */
export function expandPaths(answer: object, paths: readonly string[], lookup: Lookup): object {
  return paths.reduce((at, path) => expandPath(at, path.split('.'), path, lookup), answer);
}

function expandPath(
  answer: object,
  path: readonly string[],
  whole: string,
  lookup: Lookup,
): object {
  const [field, ...rest] = path;
  if (field === undefined) return answer;
  const fields: Record<string, unknown> = { ...answer };
  if (field === 'data' && (fields['object'] === 'list' || fields['object'] === 'search_result')) {
    if (Array.isArray(fields['data']))
      fields['data'] = fields['data'].map((item: unknown) =>
        isObject(item) ? expandPath(item, rest, whole, lookup) : item,
      );
    return fields;
  }
  if (!expandable[String(fields['object'])]?.includes(field))
    throw invalidRequest(
      `This property cannot be expanded (${whole}). You may want to try expanding a different property.`,
      { param: 'expand' },
    );
  const value = fields[field];
  const source = field === 'refunds' ? fields['id'] : value;
  const found = isObject(value)
    ? value
    : typeof source === 'string'
      ? lookup(source, field)
      : undefined;
  if (found !== undefined) fields[field] = expandPath(found, rest, whole, lookup);
  return fields;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
