import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph, Resource } from '../assembly/graph.ts';

/** @throws Unsupported where the resource has properties the front does not know, by name */
export function parse<T>(schema: z.ZodType<T>, graph: Graph, resource: Resource): T {
  const parsed = schema.safeParse(graph.properties(resource));
  if (parsed.success) return parsed.data;
  throw new Unsupported(`${resource.where} (${resource.type}): ${z.prettifyError(parsed.error)}`);
}
