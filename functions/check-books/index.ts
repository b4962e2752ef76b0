import { job } from '../shared/job.ts';
import { checkBooks } from './check.ts';
import { dependencies } from './dependencies.ts';

export const booksCheck = job({ name: 'check-books', run: checkBooks });

export const handler = booksCheck(dependencies);
