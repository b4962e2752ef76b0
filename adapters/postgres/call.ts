import { setTimeout as pause } from 'node:timers/promises';
import type * as z from 'zod';
import { PermanentFault } from '../../domain/shared/errors.ts';
import { faultOf, isCollision } from './errors.ts';

const attempts = 4;

/**
 * Sends one statement that answers one row with one JSON column `result`, and parses it. Collisions (deadlock,
 * serialization failure) are tried again here, a few times; the statements are all idempotent.
 * @throws TransientFault, PermanentFault (errors.ts); PermanentFault `postgres_answer` where the answer does not fit
 */
export async function call<S extends z.ZodType>(
  answer: S,
  send: () => PromiseLike<readonly unknown[]>,
): Promise<z.output<S>> {
  const [row] = await sendAgain(send);
  const result =
    typeof row === 'object' && row !== null && 'result' in row ? row.result : undefined;
  const parsed = answer.safeParse(result);
  if (!parsed.success) {
    throw new PermanentFault('postgres_answer', parsed.error.message, { cause: parsed.error });
  }
  return parsed.data;
}

async function sendAgain(send: () => PromiseLike<readonly unknown[]>): Promise<readonly unknown[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!isCollision(error) || attempt === attempts) throw faultOf(error);
      await pause(attempt * 10);
    }
  }
}

/** For parameters written `${json(x)}::text::jsonb`: as text, because the driver would encode JSON twice. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}
