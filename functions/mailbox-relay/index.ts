import { job } from '../shared/job.ts';
import { dependencies } from './dependencies.ts';
import { relayMailbox } from './relay.ts';

export const mailboxRelay = job({ name: 'mailbox-relay', run: relayMailbox });

export const handler = mailboxRelay(dependencies);
