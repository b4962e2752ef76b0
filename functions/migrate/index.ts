import { job } from '../shared/job.ts';
import { logger } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/** Brings the database to the form this version needs, at deploy time and past the proxy. */
export const migrateJob = job({
  name: 'migrate',
  run: async (deps: Dependencies) => {
    const migrations = await deps.migrate();
    logger.info('migrated', { migrations });
  },
});

export const handler = migrateJob(dependencies);
