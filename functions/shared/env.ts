import type * as z from 'zod';
import { NotYetFault } from '../../domain/shared/errors.ts';

/**
 * A function's environment, parsed by its own schema.
 * @throws NotYetFault `bad_environment`, naming the variables and never their values: nothing was done, and somebody
 * has to put the deployment right.
 */
export function readEnv<Schema extends z.ZodType>(
  schema: Schema,
  source: Readonly<Record<string, string | undefined>> = process.env,
): z.output<Schema> {
  const parsed = schema.safeParse(source);
  if (parsed.success) return parsed.data;
  const variables = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
  throw new NotYetFault('bad_environment', `missing or malformed: ${variables.join(', ')}`);
}
