import type * as z from 'zod';
import type { FieldError } from './problems.ts';
import { HttpProblem } from './problems.ts';
import type { ApiRequest } from './request.ts';

const most = { errors: 20, pointer: 200, message: 300 } as const;

/** What of a request does not fit, one entry a place. Holds names and rules, never the values that were sent. */
export function fieldErrors(
  error: z.ZodError,
  pointer: (path: readonly PropertyKey[]) => string,
): readonly FieldError[] {
  return error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not known here' }))
        : [{ path: issue.path, message: issue.message }],
    )
    .slice(0, most.errors)
    .map(({ path, message }) => ({
      pointer: pointer(path).slice(0, most.pointer),
      message: message.slice(0, most.message),
    }));
}

/**
 * The query parameters, fit to a schema of strings. A parameter sent twice is refused.
 * @throws HttpProblem `invalid-request`
 */
export function readQuery<Schema extends z.ZodType>(
  request: ApiRequest,
  schema: Schema,
): z.output<Schema> {
  const twice = [...request.query].filter(([, all]) => all.length > 1).map(([name]) => name);
  if (twice.length > 0) {
    throw new HttpProblem('invalid-request', {
      errors: twice.slice(0, most.errors).map((name) => ({
        pointer: `?${name}`.slice(0, most.pointer),
        message: 'must be sent once',
      })),
    });
  }
  const parsed = schema.safeParse(
    Object.fromEntries([...request.query].map(([name, all]) => [name, all[0]])),
  );
  if (parsed.success) return parsed.data;
  throw new HttpProblem('invalid-request', {
    errors: fieldErrors(parsed.error, (path) => `?${path.join('.')}`),
  });
}

/**
 * An id from the path. One of the wrong form names nothing, so it is not found.
 * @throws HttpProblem `not-found`
 */
export function readPathId<Schema extends z.ZodType>(
  request: ApiRequest,
  name: string,
  schema: Schema,
): z.output<Schema> {
  const parsed = schema.safeParse(request.pathParameters.get(name));
  if (parsed.success) return parsed.data;
  throw new HttpProblem('not-found');
}
