import { job } from '../shared/job.ts';
import { dependencies } from './dependencies.ts';
import { purgeSettled } from './purge.ts';

export const settledPurge = job({ name: 'purge-settled', run: purgeSettled });

export const handler = settledPurge(dependencies);
