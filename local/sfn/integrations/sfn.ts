import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { type Json, toJson } from '../json.ts';
import { targets } from '../protocol/targets.ts';
import type { Resource } from '../resource.ts';
import { lowered, raised } from './casing.ts';
import type { Exchange } from './metadata.ts';
import { sdkError } from './thrown.ts';

function operation(resource: Resource): string {
  return resource.action.charAt(0).toUpperCase() + resource.action.slice(1);
}

/** Whether `aws-sdk:sfn:<action>` is something the engine's own API has. */
export function hasOperation(resource: Resource): boolean {
  return resource.type === 'aws-sdk:sfn' && targets[operation(resource)] !== undefined;
}

/** `aws-sdk:sfn:*` tasks: the engine's own API, called without the wire. */
export async function callEngine(
  engine: Engine,
  resource: Resource,
  input: Json,
  { requestId }: Exchange,
): Promise<Json> {
  const handle = targets[operation(resource)];
  if (handle === undefined) throw new Error(`unknown resource ${resource.arn}`);
  try {
    return raised(toJson(await handle(engine, lowered(input))));
  } catch (thrown) {
    throw sdkError(asAnswered(thrown), 'sfn', requestId);
  }
}

function asAnswered(thrown: unknown): unknown {
  if (thrown instanceof ServiceError)
    return Object.assign(new Error(thrown.message), { name: thrown.code });
  if (thrown instanceof z.ZodError)
    return Object.assign(new Error(z.prettifyError(thrown)), { name: 'ValidationException' });
  return thrown;
}
