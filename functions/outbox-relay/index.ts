import { job } from '../shared/job.ts';
import { dependencies } from './dependencies.ts';
import { relayOutbox } from './relay.ts';

export const outboxRelay = job({ name: 'outbox-relay', run: relayOutbox });

export const handler = outboxRelay(dependencies);
