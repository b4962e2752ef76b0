import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { RestApi, Validator } from './definition.ts';

export type Validate = (request: {
  readonly contentType: string;
  readonly body: string;
  has(place: string, name: string): boolean;
}) =>
  | {
      readonly type: 'BAD_REQUEST_BODY' | 'BAD_REQUEST_PARAMETERS';
      readonly message: string;
      readonly validation?: string;
    }
  | undefined;

/** Compiles a method's request validator: required parameters first, then the body's model. */
export function compileValidator(api: RestApi, path: string, validator: Validator): Validate {
  const models = new Map<string, z.ZodType>();
  if (validator.body) {
    for (const [type, schema] of validator.models) {
      models.set(type, compile(schema, `${api.where} ${path}`));
    }
  }
  return (request) => {
    if (validator.parameters) {
      const missing = validator.required.filter((parameter) => {
        const [, , place, ...name] = parameter.split('.');
        return !request.has(place ?? '', name.join('.'));
      });
      if (missing.length > 0) {
        const names = missing.map((parameter) => parameter.split('.').slice(3).join('.'));
        return {
          type: 'BAD_REQUEST_PARAMETERS',
          message: `Missing required request parameters: [${names.join(', ')}]`,
        };
      }
    }
    const model = models.get(request.contentType) ?? models.get('$default');
    if (model === undefined) return undefined;
    const parsed = model.safeParse(json(request.body));
    if (parsed.success) return undefined;
    const issues = parsed.error.issues.map((issue) => issue.message).join(', ');
    return {
      type: 'BAD_REQUEST_BODY',
      message: 'Invalid request body',
      validation: JSON.stringify(`[${issues}]`),
    };
  };
}

function compile(schema: unknown, where: string): z.ZodType {
  const parsed = z.record(z.string(), z.unknown()).safeParse(schema);
  if (!parsed.success) throw new Unsupported(`${where}: its model is no JSON Schema`);
  try {
    return z.fromJSONSchema({ $schema: 'http://json-schema.org/draft-04/schema#', ...parsed.data });
  } catch (error) {
    throw new Unsupported(`${where}: model: ${String(error)}`);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
