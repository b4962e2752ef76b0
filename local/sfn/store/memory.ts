import type { EventLog } from '../event-log.ts';
import type { HistoryEvent } from '../history.ts';
import type { Thread } from '../thread.ts';
import type {
  AliasRecord,
  Change,
  EventPage,
  ExecutionPage,
  ExecutionRecord,
  MachineRecord,
  Revision,
  Store,
  VersionRecord,
} from './store.ts';

interface Kept {
  execution: ExecutionRecord;
  /** In the order they were committed. */
  readonly events: EventLog[];
  readonly threads: Map<number, Thread>;
}

/** Everything in maps. With `keep`, only so many are remembered of the executions that have ended. */
export class MemoryStore implements Store {
  readonly durable = false;
  private readonly machineMap = new Map<string, MachineRecord>();
  private readonly revisionMap = new Map<string, Revision>();
  private readonly versionMap = new Map<string, VersionRecord>();
  private readonly aliasMap = new Map<string, AliasRecord>();
  private readonly kept = new Map<string, Kept>();
  /** What has ended, the first to end first. */
  private readonly ended = new Set<string>();
  private readonly constants = new Map<string, string>();
  private readonly keep: number;

  constructor(keep = Number.POSITIVE_INFINITY) {
    this.keep = keep;
  }

  machines() {
    return [...this.machineMap.values()];
  }
  machine(arn: string) {
    return this.machineMap.get(arn);
  }
  putMachine(machine: MachineRecord) {
    this.machineMap.set(machine.arn, machine);
  }
  removeMachine(arn: string) {
    this.machineMap.delete(arn);
  }
  revision(id: string) {
    return this.revisionMap.get(id);
  }
  putRevision(revision: Revision) {
    this.revisionMap.set(revision.id, revision);
  }
  versions(machineArn: string) {
    return [...this.versionMap.values()].filter((one) => one.machineArn === machineArn);
  }
  version(arn: string) {
    return this.versionMap.get(arn);
  }
  putVersion(version: VersionRecord) {
    this.versionMap.set(version.arn, version);
  }
  removeVersion(arn: string) {
    this.versionMap.delete(arn);
  }
  aliases(machineArn: string) {
    return [...this.aliasMap.values()].filter((one) => one.machineArn === machineArn);
  }
  alias(arn: string) {
    return this.aliasMap.get(arn);
  }
  putAlias(alias: AliasRecord) {
    this.aliasMap.set(alias.arn, alias);
  }
  removeAlias(arn: string) {
    this.aliasMap.delete(arn);
  }

  execution(arn: string) {
    return this.kept.get(arn)?.execution;
  }

  executions(page: ExecutionPage) {
    const { after } = page;
    const found: ExecutionRecord[] = [];
    for (const { execution } of this.kept.values()) {
      if (page.machineArn !== undefined && execution.machineArn !== page.machineArn) continue;
      if (page.versionArn !== undefined && execution.versionArn !== page.versionArn) continue;
      if (page.aliasArn !== undefined && execution.aliasArn !== page.aliasArn) continue;
      if (page.status !== undefined && execution.status !== page.status) continue;
      if (after !== undefined && !later(after, execution)) continue;
      found.push(execution);
    }
    return found.sort((a, b) => (later(a, b) ? -1 : 1)).slice(0, page.limit);
  }

  // What runs in memory stays there, with timers of its own, and ends with the process.
  active() {
    return [];
  }
  due() {
    return [];
  }
  nextDue() {
    return undefined;
  }
  prune() {
    return 0;
  }
  oldestStopped() {
    return undefined;
  }
  firstFree() {
    return undefined;
  }
  takenUntil() {
    return undefined;
  }
  release() {
    return 0;
  }

  threads(arn: string) {
    return [...(this.kept.get(arn)?.threads.values() ?? [])];
  }

  events(arn: string, page: EventPage) {
    const logs = this.kept.get(arn)?.events ?? [];
    const step = page.reverse ? -1 : 1;
    const found: HistoryEvent[] = [];
    const end = (logs.at(-1)?.last ?? 0) + 1;
    let id = (page.reverse ? Math.min(page.from ?? end, end) : (page.from ?? 0)) + step;
    for (const log of page.reverse ? logs.toReversed() : logs)
      for (; found.length < page.limit; id += step) {
        const event = log.event(id);
        if (event === undefined) break;
        found.push(event);
      }
    return found;
  }

  commit(changes: readonly Change[]) {
    for (const change of changes) {
      let kept = this.kept.get(change.execution.arn);
      if (kept === undefined) {
        kept = { execution: change.execution, events: [], threads: new Map() };
        this.kept.set(change.execution.arn, kept);
      }
      kept.execution = change.execution;
      if (change.events.length > 0) kept.events.push(change.events.snapshot());
      for (const thread of change.threads) kept.threads.set(thread.id, thread);
      for (const id of change.removed) kept.threads.delete(id);
      if (this.keep < Number.POSITIVE_INFINITY) this.trim(change.execution);
    }
  }

  forget(arn: string) {
    this.kept.delete(arn);
    this.ended.delete(arn);
  }

  constant(name: string, make: () => string) {
    const value = this.constants.get(name) ?? make();
    this.constants.set(name, value);
    return value;
  }

  close() {
    this.kept.clear();
  }

  /** Notes who has ended, and forgets those that ended first. */
  private trim({ arn, status, redriveCount }: ExecutionRecord) {
    if (status === 'RUNNING') {
      // Only what was redriven stands there.
      if (redriveCount > 0) this.ended.delete(arn);
      return;
    }
    this.ended.add(arn);
    if (this.ended.size <= this.keep) return;
    for (const oldest of this.ended) {
      this.ended.delete(oldest);
      this.kept.delete(oldest);
      return;
    }
  }
}

function later(
  a: { readonly startDate: number; readonly arn: string },
  b: { readonly startDate: number; readonly arn: string },
): boolean {
  return a.startDate > b.startDate || (a.startDate === b.startDate && a.arn > b.arn);
}
