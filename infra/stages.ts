import * as z from 'zod';

export const stageNameSchema = z
  .string()
  .regex(
    /^(prod|staging|branch-[a-z0-9][a-z0-9-]{0,20})$/,
    'must be prod, staging or branch-<name of lower-case letters, digits and hyphens>',
  );

/** What differs between the places Kassa is deployed to. */
export interface Stage {
  readonly name: string;
  /** Data outlives its stack, deletion is refused, backups are long. */
  readonly keepsData: boolean;
  /** The stage whose network and cluster it uses, with a database of its own there; absent where it has its own. */
  readonly clusterOf?: 'staging';
  /** Whether others use its network and cluster, in the same account and region. */
  readonly lendsCluster: boolean;
  readonly readers: number;
  /** Aurora capacity units. */
  readonly capacity: { readonly min: number; readonly max: number };
  readonly logRetentionDays: 7 | 30 | 90;
  readonly backupDays: number;
  /** Whether new versions of machines and critical functions get a part of the traffic first. */
  readonly gradual: boolean;
  /** Whether functions that ask for it have invocations kept for them, out of those the account has. */
  readonly reservesConcurrency: boolean;
  /** Whether a web application firewall stands before the API. */
  readonly firewall: boolean;
  /** Whether it is kept who fetched which file. */
  readonly accessLogs: boolean;
  /** Whether made-up goods are put on the shelves. */
  readonly seeded: boolean;
  /** Requests a second over the whole API, and how many at once above that. */
  readonly throttle: { readonly rate: number; readonly burst: number };
  /** How many third parties a usage plan has room for. It may be raised at any time, and never lowered. */
  readonly planPlaces: number;
}

const small = {
  keepsData: false,
  lendsCluster: false,
  readers: 0,
  capacity: { min: 0.5, max: 4 },
  logRetentionDays: 7,
  backupDays: 1,
  gradual: false,
  reservesConcurrency: false,
  firewall: false,
  accessLogs: false,
  seeded: true,
  throttle: { rate: 500, burst: 1000 },
  planPlaces: 5,
} as const;

/** Throws a ZodError for a name that is no stage. */
export function stageOf(input: string): Stage {
  const name = stageNameSchema.parse(input);
  if (name === 'prod') {
    return {
      name,
      keepsData: true,
      lendsCluster: false,
      readers: 1,
      capacity: { min: 2, max: 64 },
      logRetentionDays: 90,
      backupDays: 35,
      gradual: true,
      reservesConcurrency: true,
      firewall: true,
      accessLogs: true,
      seeded: false,
      throttle: { rate: 10_000, burst: 5_000 },
      planPlaces: 40,
    };
  }
  if (name === 'staging') {
    return {
      name,
      ...small,
      lendsCluster: true,
      capacity: { min: 0.5, max: 8 },
      logRetentionDays: 30,
      firewall: true,
      accessLogs: true,
    };
  }
  return { name, ...small, clusterOf: 'staging' };
}
