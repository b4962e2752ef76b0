import { afterEach, beforeEach, vi } from 'vitest';
import { orderIdSchema } from '../../../domain/shared/ids.ts';

/** A dependency that a test did not ask for: calling it fails the test. */
export function unexpected(name: string): () => never {
  return () => {
    throw new Error(`${name} was not expected to be called`);
  };
}

export const orderId = orderIdSchema.parse('0199f0a0-0000-7000-8000-000000000001');
export const order = { orderId, generation: 1, correlationId: 'req-1' };
export const now = new Date('2026-11-23T10:00:00.000Z');

/** An invocation at `now` with plenty of time. */
export const time = { now, remaining: () => 25_000 };

/** What a worker writes to its log and as metrics, during each test of the file. */
export function captureLog(): { lines(): readonly Record<string, unknown>[]; text(): string } {
  let text = '';
  const write = (chunk: string | Uint8Array) => {
    text += chunk.toString();
    return true;
  };
  beforeEach(() => {
    text = '';
    vi.spyOn(process.stdout, 'write').mockImplementation(write);
    vi.spyOn(process.stderr, 'write').mockImplementation(write);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return {
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
  };
}
