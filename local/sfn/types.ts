import type { Clock } from '../clock.ts';
import type { Integrations } from './integrations/integrations.ts';
import type { GivenSettings } from './settings.ts';
import type { FileOptions } from './store/file.ts';
import type {
  ExecutionRecord,
  ExecutionStatus,
  MachineRecord,
  MachineType,
  Revision,
  Tag,
} from './store/store.ts';

export interface EngineOptions {
  readonly clock: Clock;
  /**
   * `memory` ends with the process, and remembers the `keep` executions that ended last: all of them if left out.
   * `file` is durable.
   */
  readonly store:
    | { readonly kind: 'memory'; readonly keep?: number }
    | ({ readonly kind: 'file'; readonly path: string } & FileOptions);
  readonly integrations: Integrations;
  readonly region?: string;
  readonly accountId?: string;
  /** 0..1, for jitter and $random. */
  readonly random?: () => number;
  readonly newId?: () => string;
  /** How long a durable store keeps what has finished, milliseconds; 90 days, as the service does, if left out. */
  readonly keepFinished?: number;
  /** How many executions that only wait a durable engine keeps in memory; the others wait in the store alone. */
  readonly resident?: number;
}

export interface CreateMachine {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly type?: MachineType | undefined;
  readonly settings?: GivenSettings | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

export interface UpdateMachine {
  readonly stateMachineArn: string;
  readonly definition?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly settings?: GivenSettings | undefined;
}

export interface StartExecution {
  readonly stateMachineArn: string;
  readonly name?: string | undefined;
  /** JSON text; `{}` if left out. */
  readonly input?: string | undefined;
  readonly traceHeader?: string | undefined;
}

export interface MachineDescription {
  readonly machine: MachineRecord;
  readonly revision: Revision;
}

/** A closed execution; times are milliseconds. */
export interface Final {
  readonly executionArn: string;
  readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly startDate: number;
  readonly stopDate: number;
}

export interface SyncResult extends Final {
  readonly name: string;
  readonly stateMachineArn: string;
  readonly input: string;
}

export type { ExecutionRecord };
