/**
 * Stripe's request encoding: `application/x-www-form-urlencoded` with nested brackets
 * (`metadata[order_id]=1`, `expand[]=latest_charge`, `expand[0]=latest_charge`).
 */
export type Form = { [key: string]: FormValue };
export type FormValue = string | FormValue[] | Form;

/** Keys that would reach an object's prototype are dropped. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

export function decodeForm(encoded: string): Form {
  const root: Form = {};
  for (const [key, value] of new URLSearchParams(encoded)) {
    const path = key.replaceAll(']', '').split('[');
    if (path.some((part) => forbidden.has(part))) continue;
    place(root, path, value);
  }
  return listify(root);
}

function place(root: Form, path: readonly string[], value: string): void {
  let at = root;
  for (const part of path.slice(0, -1)) {
    const existing = at[part];
    if (typeof existing === 'object' && !Array.isArray(existing)) {
      at = existing;
      continue;
    }
    const made: Form = {};
    at[part] = made;
    at = made;
  }
  const last = path.at(-1) ?? '';
  at[last === '' && path.length > 1 ? String(Object.keys(at).length) : last] = value;
}

/** Objects whose keys are exactly 0, 1, 2… are lists. */
function listify(form: Form): Form {
  const out: Form = {};
  for (const [key, value] of Object.entries(form)) out[key] = listifyValue(value);
  return out;
}

function listifyValue(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (keys.length > 0 && keys.every((key, index) => key === String(index)))
    return Object.values(value).map(listifyValue);
  return listify(value);
}
