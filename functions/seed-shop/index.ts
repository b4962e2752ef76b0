import { seedProducts } from '../../domain/catalogue/seed-shop.ts';
import { job } from '../shared/job.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Fills the shop at deploy time where it is not production. What is there already stays as it is. */
export const seedShop = job({
  name: 'seed-shop',
  run: async ({ seeder }: Dependencies, { now }) => {
    const { added } = await seeder.seed(seedProducts, now);
    logger.info('seeded', { added });
  },
});

export const handler = seedShop(dependencies);
