import { seedProducts } from '../../domain/catalogue/seed-shop.ts';
import { job } from '../shared/job.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Fills the shop at deploy time where it is not production. What is there already stays as it is. */
export const seedShop = job({
  name: 'seed-shop',
  run: async ({ seeder, products }: Dependencies, { now }) => {
    const { added } = await seeder.seed(seedProducts, now);
    if (added > 0) await products.changed(seedProducts.map(({ sku }) => sku));
    logger.info('seeded', { added });
  },
});

export const handler = seedShop(dependencies);
