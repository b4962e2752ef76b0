import type * as z from 'zod';
import { ServiceError } from '../errors.ts';

/** Members that AWS keeps out of its messages. */
const sensitive = new Set([
  ...['definition', 'input', 'output', 'error', 'cause', 'description', 'versionDescription'],
  ...['variables', 'context', 'result', 'stateName', 'errorCausedByState', 'mapItemReaderData'],
]);

/**
 * What is wrong with a request, in the words of the framework AWS's services are built on: a value of another type
 * ends it, values out of bounds are told all at once.
 */
export function invalidRequest(error: z.ZodError, request: unknown): ServiceError {
  const faults = error.issues.map((issue) => ({ issue, value: valueAt(request, issue.path) }));
  for (const { issue, value } of faults)
    if (issue.code === 'invalid_type' && value !== undefined)
      return new ServiceError('SerializationException', mistyped(issue.expected, value));
  const told = faults.map(
    ({ issue, value }) =>
      `${subject(issue.path, value)} failed to satisfy constraint: ${constraint(issue, value)}`,
  );
  return new ServiceError(
    'ValidationException',
    `${told.length} validation error${told.length > 1 ? 's' : ''} detected: ${told.join('; ')}`,
  );
}

function valueAt(request: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === String(key))?.[1]
        : undefined,
    request,
  );
}

function subject(path: readonly PropertyKey[], value: unknown): string {
  // AWS counts a list's members from 1.
  const at = path.map((key) => (typeof key === 'number' ? `${key + 1}.member` : String(key)));
  const name = path.at(-1);
  if (value === undefined) return `Value null at '${at.join('.')}'`;
  if (sensitive.has(String(name))) return `Value at '${at.join('.')}'`;
  return `Value '${shown(value, String(name))}' at '${at.join('.')}'`;
}

const itemTypes: Readonly<Record<string, string>> = {
  routingConfiguration: 'RoutingConfigurationListItem',
  tags: 'Tag',
};

/** As Java prints it. */
function shown(value: unknown, member: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => shown(one, member)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(([key, one]) => `${key}=${shown(one, key)}`);
  return `${itemTypes[member] ?? ''}(${fields.join(', ')})`;
}

function constraint(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_value':
      return value === undefined
        ? 'Member must not be null'
        : `Member must satisfy enum value set: [${issue.values.map(String).join(', ')}]`;
    case 'too_big':
      return `Member must have ${measured(issue.origin)} less than or equal to ${issue.maximum}`;
    case 'too_small':
      return `Member must have ${measured(issue.origin)} greater than or equal to ${issue.minimum}`;
    case 'invalid_format':
      return `Member must satisfy regular expression pattern: ${source(String(issue['pattern']))}`;
    case 'invalid_type':
      return 'Member must not be null';
    default:
      return issue.message;
  }
}

function measured(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'length' : 'value';
}

/** `/x/u` without its slashes and flags. */
function source(pattern: string): string {
  return pattern.replace(/^\/([\s\S]*)\/\w*$/, '$1');
}

const names: Readonly<Record<string, string>> = {
  string: 'a String',
  boolean: 'a Boolean',
  int: 'an Integer',
  number: 'an Integer',
};

function mistyped(expected: string, value: unknown): string {
  if (Array.isArray(value)) return 'Start of list found where not expected';
  if (typeof value === 'object') return 'Start of structure or map found where not expected.';
  const wanted = names[expected];
  if (wanted === undefined) return 'Unexpected field type';
  const found = typeof value === 'boolean' ? String(value) : typeof value;
  return `${found.toUpperCase()}_VALUE can not be converted to ${wanted}`;
}
