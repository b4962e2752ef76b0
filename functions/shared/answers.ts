import { TransientFault } from '../../domain/shared/errors.ts';
import { inParallel } from './lease.ts';
import { describeError, logger } from './telemetry.ts';

/** Far below what Stripe lets an account read in a second. */
const atOnce = 10;

/**
 * Asks Stripe about each. One it did not answer about is left out, to be asked about in a later run; where it answered
 * about none, this fails as the first of them did.
 */
export async function answersOf<T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  let fault: TransientFault | undefined;
  let answered = false;
  const answers = await inParallel(items, atOnce, async (item): Promise<readonly R[]> => {
    try {
      const answer = await ask(item);
      answered = true;
      return [answer];
    } catch (error) {
      if (!(error instanceof TransientFault)) throw error;
      logger.warn('Stripe did not answer', describeError(error));
      fault ??= error;
      return [];
    }
  });
  if (!answered && fault !== undefined) throw fault;
  return answers.flat();
}
