import type * as z from 'zod';
import type { Faults } from './diagnostics.ts';

/** What a schema complains of, in AWS's words and at the places AWS names; the fields missing at one place together. */
export function complain(error: z.ZodError, at: string, faults: Faults): void {
  const missing = new Map<string, string[]>();
  for (const issue of error.issues) {
    const place = placeOf(at, issue.path);
    if (isMissing(issue)) {
      const parent = placeOf(at, issue.path.slice(0, -1));
      missing.set(parent, [...(missing.get(parent) ?? []), String(issue.path.at(-1))]);
    } else for (const message of messagesOf(issue)) faults.schema(message, place);
  }
  for (const [place, fields] of missing)
    faults.schema(`These fields are required: [${fields.join(', ')}]`, place);
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.path.length > 0 && /received undefined$/.test(issue.message);
}

function placeOf(at: string, path: readonly PropertyKey[]): string {
  return (
    path.reduce<string>(
      (so, key) => (typeof key === 'number' ? `${so}[${key}]` : `${so}/${String(key)}`),
      at,
    ) || '/'
  );
}

function messagesOf(issue: z.core.$ZodIssue): readonly string[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `Field '${key}' is not supported`);
    case 'invalid_type':
      return [`Expected value of type ${typeName(issue.expected)}`];
    case 'invalid_value':
      return [`Value should be one of the following: [${issue.values.map(String).join(', ')}]`];
    case 'too_small':
      return [
        issue.origin === 'array' ? 'Array must not be empty' : `Minimum value is ${bound(issue)}`,
      ];
    case 'too_big':
      return [`Maximum value is ${bound(issue)}`];
    // A number that may also be an expression, and is neither.
    case 'invalid_union':
    case 'invalid_format':
      return ['Expected value of type Integer'];
    default:
      return [issue.message];
  }
}

const fractions = new Set<PropertyKey>(['BackoffRate', 'ToleratedFailurePercentage']);

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const value = String(issue.code === 'too_small' ? issue.minimum : issue.maximum);
  return fractions.has(issue.path.at(-1) ?? '') ? `${value}.0` : value;
}

function typeName(type: string): string {
  if (type === 'int' || type === 'number') return 'Integer';
  return type === 'record' ? 'Object' : type.charAt(0).toUpperCase() + type.slice(1);
}
