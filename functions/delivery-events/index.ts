import type { BatchResponse } from '../shared/batch.ts';
import { once } from '../shared/once.ts';
import { observed } from '../shared/telemetry.ts';
import { dependencies } from './dependencies.ts';
import { publishDeliveries } from './publish.ts';

const compose = once(dependencies);

/** The deliveries table's stream onto the bus. */
export function handler(event: unknown): Promise<BatchResponse> {
  return observed('delivery-events', {}, async () => publishDeliveries(await compose(), event));
}
