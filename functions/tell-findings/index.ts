import { job } from '../shared/job.ts';
import { dependencies } from './dependencies.ts';
import { tellFindings } from './tell.ts';

export const findingsTelling = job({ name: 'tell-findings', run: tellFindings });

export const handler = findingsTelling(dependencies);
