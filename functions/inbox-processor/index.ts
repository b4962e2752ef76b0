import { job } from '../shared/job.ts';
import { dependencies } from './dependencies.ts';
import { processInbox } from './process.ts';

export const inboxProcessor = job({ name: 'inbox-processor', run: processInbox });

export const handler = inboxProcessor(dependencies);
