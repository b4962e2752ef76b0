import { batch } from '../shared/batch.ts';
import { type Dependencies, dependencies } from './dependencies.ts';
import { readOrderEvent } from './record.ts';

/** A projection: every event is kept under its own sequence, so disorder and repeats change nothing. */
export const orderTimeline = batch<Dependencies>({
  name: 'order-timeline',
  source: 'queue',
  run: async ({ timeline }, record) => {
    await timeline.keep(readOrderEvent(record));
  },
});

export const handler = orderTimeline(dependencies);
