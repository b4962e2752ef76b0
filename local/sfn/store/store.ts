import type { EventLog } from '../event-log.ts';
import type { HistoryEvent } from '../history.ts';
import type { GivenSettings } from '../settings.ts';
import type { Thread } from '../thread.ts';

export type MachineType = 'STANDARD' | 'EXPRESS';
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface MachineRecord {
  readonly arn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly revisionId: string;
  readonly settings: GivenSettings & { readonly tags?: readonly Tag[] | undefined };
  readonly nextVersion: number;
}

/** What a machine was at one time; an execution keeps to the revision it was started with. */
export interface Revision {
  readonly id: string;
  readonly machineArn: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly createdAt: number;
  /** The one the machine was created with: the API shows no id for it. */
  readonly initial: boolean;
  /** Those of the machine where a file of an older engine has none. */
  readonly settings?: GivenSettings;
}

export interface VersionRecord {
  readonly arn: string;
  readonly machineArn: string;
  readonly version: number;
  readonly revisionId: string;
  readonly description: string | undefined;
  readonly createdAt: number;
}

export interface AliasRecord {
  readonly arn: string;
  readonly machineArn: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly routing: readonly { readonly versionArn: string; readonly weight: number }[];
}

export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly type: MachineType;
  readonly revisionId: string;
  readonly versionArn?: string;
  readonly aliasArn?: string;
  readonly startDate: number;
  readonly input: string;
  readonly traceHeader?: string;
  status: ExecutionStatus;
  stopDate?: number;
  output?: string;
  error?: string;
  cause?: string;
  redriveCount: number;
  redriveDate?: number;
  /** Newest event of the history. */
  lastEvent: number;
  /** Newest thread. */
  lastThread: number;
}

/** What one execution did since it was last written. */
export interface Change {
  readonly execution: ExecutionRecord;
  /** While it runs: when it has something to do next, 0 for at once. */
  readonly due: number | undefined;
  readonly events: EventLog;
  readonly threads: readonly Thread[];
  readonly removed: readonly number[];
}

export interface EventPage {
  /** Events after this one (before it, in reverse). */
  readonly from?: number;
  readonly limit: number;
  readonly reverse: boolean;
}

export interface ExecutionPage {
  readonly machineArn?: string;
  readonly versionArn?: string;
  readonly aliasArn?: string;
  readonly status?: ExecutionStatus;
  /** An execution of the page before: its start and arn. */
  readonly after?: { readonly startDate: number; readonly arn: string };
  readonly limit: number;
}

/** Where machines and executions live. Everything is synchronous; `commit` is one write. */
export interface Store {
  /** Whether commits are worth gathering: each costs a write to a file. */
  readonly durable: boolean;
  machines(): MachineRecord[];
  machine(arn: string): MachineRecord | undefined;
  putMachine(machine: MachineRecord): void;
  removeMachine(arn: string): void;
  revision(id: string): Revision | undefined;
  putRevision(revision: Revision): void;
  versions(machineArn: string): VersionRecord[];
  version(arn: string): VersionRecord | undefined;
  putVersion(version: VersionRecord): void;
  removeVersion(arn: string): void;
  aliases(machineArn: string): AliasRecord[];
  alias(arn: string): AliasRecord | undefined;
  putAlias(alias: AliasRecord): void;
  removeAlias(arn: string): void;
  execution(arn: string): ExecutionRecord | undefined;
  /** Newest first. */
  executions(page: ExecutionPage): ExecutionRecord[];
  /** The running executions that had work under way when they were last written. */
  active(): string[];
  /** Those that wait for a time that has come by then. */
  due(until: number, limit: number): string[];
  /** When the next execution has something to do, of those that are not due by `after`. */
  nextDue(after: number): number | undefined;
  threads(arn: string): Thread[];
  events(arn: string, page: EventPage): HistoryEvent[];
  commit(changes: readonly Change[]): void;
  /**
   * Deletes executions that stopped before then.
   * @param heldUntil how long a name stays taken; 0 when it is free
   * @returns how many were deleted
   */
  prune(before: number, limit: number, heldUntil: (stopped: number) => number): number;
  /** When the first closed execution stopped. */
  oldestStopped(): number | undefined;
  /** When the first name of those kept beyond their execution is free. */
  firstFree(): number | undefined;
  /** Until when the name of an execution that was pruned is still taken. */
  takenUntil(arn: string): number | undefined;
  /** Lets go of names that are free by now. @returns how many */
  release(now: number, limit: number): number;
  /** Forgets an execution, so that its name can be taken again. */
  forget(arn: string): void;
  /** A value made once and kept. */
  constant(name: string, make: () => string): string;
  close(): void;
}
