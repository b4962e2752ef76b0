import { type Retained, retention } from '../../domain/shared/retention.ts';
import type { JobTime } from '../shared/job.ts';
import { reserve } from '../shared/lease.ts';
import { logger } from '../shared/telemetry.ts';
import type { Dependencies } from './dependencies.ts';

/** Rows looked at in one transaction: few enough to be gone in well under a second. */
const batchSize = 500;
const day = 86_400_000;

const isRetained = (name: string): name is Retained => name in retention;
const lists = Object.keys(retention).filter(isRetained);

/** Nightly. What the time does not suffice for, the next night has. */
export async function purgeSettled(
  { rows }: Dependencies,
  { now, remaining }: JobTime,
): Promise<void> {
  const purged: Partial<Record<Retained, number>> = {};
  let unfinished = false;
  for (const list of lists) {
    const before = new Date(now.getTime() - retention[list] * day);
    let more = true;
    let deleted = 0;
    while (more && remaining() > reserve) {
      const batch = await rows.purge(list, before, batchSize);
      deleted += batch.deleted;
      more = batch.more;
    }
    unfinished ||= more;
    purged[list] = deleted;
  }
  logger.info('rows purged', { purged });
  if (unfinished) logger.warn('purge goes on next night');
}
