import { batch } from '../shared/batch.ts';
import { carryOver } from './carry-over.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

export const deliveryOutcomes = batch<Dependencies>({
  name: 'delivery-outcomes',
  source: 'stream',
  run: async (composed, record, now) => {
    const delivery = composed.read(record);
    if (delivery !== undefined) await carryOver(composed, delivery, now);
  },
});

export const handler = deliveryOutcomes(dependencies);
