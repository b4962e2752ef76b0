import type { BatchResponse } from '../shared/batch.ts';
import { once } from '../shared/once.ts';
import { observed } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { keepBatch } from './keep.ts';

/** A projection: every event is kept under its own sequence, so disorder and repeats change nothing. */
export function orderTimeline(compose: () => Dependencies) {
  const composed = once(compose);
  return (event: unknown): Promise<BatchResponse> =>
    observed('order-timeline', {}, async () => keepBatch(await composed(), event));
}

export const handler = orderTimeline(dependencies);
