import { randomUUID } from 'node:crypto';
import { Calls } from './calls.ts';
import { Committer } from './committer.ts';
import { ServiceError } from './errors.ts';
import type { HistoryEvent } from './history.ts';
import type { Integrations } from './integrations/integrations.ts';
import { exceeds, parseJson, textOf } from './json.ts';
import { jsonFault } from './json-faults.ts';
import { Machines } from './machines.ts';
import type { Host } from './messages.ts';
import { checkName, Names } from './names.ts';
import { historyLimit } from './passage.ts';
import { Pruner } from './pruner.ts';
import { RedriveTokens } from './redrive-tokens.ts';
import { Residents } from './residents.ts';
import { Run } from './run.ts';
import { FileStore } from './store/file.ts';
import { MemoryStore } from './store/memory.ts';
import type {
  EventPage,
  ExecutionPage,
  ExecutionRecord,
  MachineRecord,
  Store,
} from './store/store.ts';
import { Tokens } from './tokens.ts';
import { type Tested, type TestState, testState } from './trial/trial.ts';
import type {
  CreateMachine,
  EngineOptions,
  Final,
  MachineDescription,
  StartExecution,
  SyncResult,
  UpdateMachine,
} from './types.ts';
import { type Target, Versions } from './versions.ts';
import { WaitingTasks } from './waiting-tasks.ts';

const inputLimit = 256 * 1024;
const nameHeldMs = 90 * 24 * 3600 * 1000;
const redriveWindowMs = 14 * 24 * 3600 * 1000;
const expressKept = 1000;
const residentKept = 500;

/** A Step Functions of one region and account. Times are milliseconds since the epoch. */
export class Engine {
  /** States entered since the start, by executions of either kind. */
  transitions = 0;
  readonly names: Names;
  readonly versions: Versions;
  readonly machines: Machines;
  private readonly options: EngineOptions;
  private readonly store: Store;
  private readonly transient = new MemoryStore(expressKept);
  private readonly committer: Committer;
  private readonly transientCommitter: Committer;
  private readonly tokens: Tokens;
  private readonly tasks: WaitingTasks;
  private readonly newId: () => string;
  private readonly host: Host;
  private readonly finals = new Map<string, ((final: Final) => void)[]>();
  private readonly idlers: (() => void)[] = [];
  private readonly calls: Calls;
  private readonly residents: Residents;
  private readonly pruner: Pruner;
  private readonly redriveTokens = new RedriveTokens();

  constructor(options: EngineOptions) {
    this.options = options;
    this.newId = options.newId ?? randomUUID;
    this.names = new Names(options.region ?? 'us-east-1', options.accountId ?? '000000000000');
    this.store =
      options.store.kind === 'memory'
        ? new MemoryStore(options.store.keep)
        : new FileStore(options.store.path, options.store);
    this.committer = new Committer(this.store, (run) => this.residents.written(run));
    this.transientCommitter = new Committer(this.transient, () => undefined);
    this.tokens = new Tokens(this.store.constant('token-secret', randomUUID));
    this.tasks = new WaitingTasks(this.tokens, (arn) => this.residents.find(arn));
    const now = () => options.clock.now();
    this.calls = new Calls(this, options.integrations, { newId: this.newId, now }, () =>
      this.checkIdle(),
    );
    this.host = this.makeHost();
    this.versions = new Versions(this.store, now, this.host.random);
    this.machines = new Machines({
      store: this.store,
      names: this.names,
      versions: this.versions,
      integrations: options.integrations,
      now,
      newId: this.newId,
    });
    this.residents = new Residents({
      store: this.store,
      clock: options.clock,
      keep: options.resident ?? residentKept,
      open: (record) => this.runOf(record),
    });
    this.pruner = new Pruner(options.clock, this.store, {
      keep: options.keepFinished ?? nameHeldMs,
      name: nameHeldMs,
    });
    this.residents.restore();
    this.pruner.look();
  }

  /** How many executions are in memory: those with something under way, and some that wait. */
  get inMemory(): number {
    return this.residents.size;
  }

  // ---- machines --------------------------------------------------------------------------------------------

  /** @throws ServiceError InvalidName, InvalidDefinition, StateMachineAlreadyExists */
  createStateMachine(request: CreateMachine): MachineDescription {
    return this.machines.create(request);
  }

  /** Running executions keep the definition they were started with. */
  updateStateMachine(request: UpdateMachine): MachineDescription {
    return this.machines.update(request);
  }

  deleteStateMachine(stateMachineArn: string): void {
    this.machines.remove(stateMachineArn);
  }

  /** @throws ServiceError InvalidArn, StateMachineDoesNotExist */
  describeStateMachine(stateMachineArn: string): MachineDescription {
    return this.machines.describe(stateMachineArn);
  }

  listStateMachines(): MachineRecord[] {
    return this.machines.list();
  }

  // ---- executions ------------------------------------------------------------------------------------------

  /**
   * Answers once the start is written. A name that is running with the same input answers the same again; a name
   * stays taken for 90 days after its execution closed.
   * @throws ServiceError StateMachineDoesNotExist, InvalidName, InvalidExecutionInput, ExecutionAlreadyExists
   */
  async startExecution(
    request: StartExecution,
  ): Promise<{ readonly executionArn: string; readonly startDate: number }> {
    const target = this.versions.resolve(request.stateMachineArn);
    const { machine } = target;
    const name = request.name ?? this.newId();
    checkName(name);
    const input = checkedInput(request.input ?? '{}');
    const arn =
      machine.type === 'EXPRESS'
        ? this.names.express(machine.name, name, this.newId())
        : this.names.execution(machine.name, name);
    const now = this.options.clock.now();
    // A name just made up is nobody's.
    const existing = request.name === undefined ? undefined : this.record(arn);
    if (existing !== undefined) {
      if (existing.status === 'RUNNING' && existing.input === input) {
        const run = this.residents.get(arn);
        if (run !== undefined) await this.committerOf(run).written(run);
        return { executionArn: arn, startDate: existing.startDate };
      }
      const free = (existing.stopDate ?? Number.POSITIVE_INFINITY) + nameHeldMs;
      if (now < free) throw taken(arn);
      this.store.forget(arn);
    } else if (request.name !== undefined && now < (this.store.takenUntil(arn) ?? 0))
      throw taken(arn);
    const record = this.newRecord(target, arn, name, input, request.traceHeader);
    const run = this.runOf(record);
    this.residents.add(run);
    await this.posted((done) => run.post({ kind: 'start', done }));
    return { executionArn: arn, startDate: record.startDate };
  }

  /** Runs an Express machine and answers when it has ended. */
  async startSyncExecution(request: StartExecution): Promise<SyncResult> {
    const { machine } = this.versions.resolve(request.stateMachineArn);
    if (machine.type !== 'EXPRESS')
      throw new ServiceError(
        'StateMachineTypeNotSupported',
        'This operation is not supported by this type of state machine',
      );
    const { executionArn } = await this.startExecution(request);
    const final = await this.waitFor(executionArn);
    const record = this.describeExecution(executionArn);
    return {
      ...final,
      name: record.name,
      stateMachineArn: record.machineArn,
      input: record.input,
    };
  }

  /** @throws ServiceError ExecutionDoesNotExist */
  describeExecution(executionArn: string): ExecutionRecord {
    const record = this.record(executionArn);
    if (record === undefined) throw noExecution(executionArn);
    return record;
  }

  listExecutions(page: ExecutionPage): ExecutionRecord[] {
    return this.store.executions(page);
  }

  /** The history as written so far. */
  history(executionArn: string, page: Partial<EventPage> = {}): HistoryEvent[] {
    const record = this.describeExecution(executionArn);
    return this.storeOf(record).events(executionArn, {
      limit: Number.MAX_SAFE_INTEGER,
      reverse: false,
      ...page,
    });
  }

  /** Stopping a closed execution changes nothing. @returns its stop date */
  async stop(executionArn: string, error?: string, cause?: string): Promise<number> {
    const run = this.residents.find(executionArn);
    if (run !== undefined)
      await this.posted((done) => run.post({ kind: 'stop', error, cause, done }));
    return this.describeExecution(executionArn).stopDate ?? this.options.clock.now();
  }

  /**
   * Starts a Standard execution that ended badly again, at its unsuccessful states.
   * @param clientToken known for 15 minutes: the same again is answered again
   * @returns the redrive date
   * @throws ServiceError ExecutionDoesNotExist, ExecutionNotRedrivable
   */
  async redrive(executionArn: string, clientToken?: string): Promise<number> {
    const ending = this.residents.get(executionArn);
    // It goes on from what is written of its end.
    if (ending !== undefined && ending.record.status !== 'RUNNING')
      await this.committerOf(ending).written(ending);
    const record = this.describeExecution(executionArn);
    const now = this.options.clock.now();
    const before = this.redriveTokens.find(executionArn, clientToken, now);
    if (before !== undefined) return before;
    const refusal = this.redriveRefusal(record);
    if (refusal !== undefined) throw new ServiceError('ExecutionNotRedrivable', refusal);
    this.redriveTokens.add(executionArn, clientToken, now);
    const run = this.runOf({ ...record });
    for (const thread of this.store.threads(executionArn)) run.threads.add(thread, true);
    this.residents.add(run);
    await this.posted((done) => run.post({ kind: 'redrive', done }));
    return run.record.redriveDate ?? this.options.clock.now();
  }

  /** Why an execution cannot be redriven, or undefined when it can. */
  redriveRefusal(record: ExecutionRecord): string | undefined {
    if (record.type === 'EXPRESS') return 'Express executions cannot be redriven';
    if (record.status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
    if (record.status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
    const stopped = record.stopDate ?? 0;
    if (this.options.clock.now() > stopped + redriveWindowMs)
      return 'Execution redrivable period exceeded';
    if (record.lastEvent >= historyLimit - 1) return 'Execution history event limit exceeded';
    return undefined;
  }

  // ---- task tokens -----------------------------------------------------------------------------------------

  /**
   * Answers once the outcome is written.
   * @param output JSON text
   * @throws ServiceError InvalidToken, TaskTimedOut (also for a task already closed), InvalidOutput
   */
  sendTaskSuccess(taskToken: string, output: string): Promise<void> {
    return this.tasks.succeed(taskToken, output);
  }

  sendTaskFailure(taskToken: string, error?: string, cause?: string): Promise<void> {
    return this.tasks.fail(taskToken, error, cause);
  }

  sendTaskHeartbeat(taskToken: string): void {
    this.tasks.heartbeat(taskToken);
  }

  // ---- one state by itself ---------------------------------------------------------------------------------

  /**
   * Does what one state would do, outside of any execution.
   * @throws ServiceError InvalidDefinition, InvalidExecutionInput, ValidationException
   */
  testState(request: TestState): Promise<Tested> {
    const { clock, integrations } = this.options;
    const { random } = this.host;
    return testState(request, {
      ...{ clock, random, newId: this.newId, names: this.names, integrations },
      call: (resource, input, options) =>
        this.calls.ask({ resource, input, attempt: this.newId(), options }),
    });
  }

  // ---- waiting ---------------------------------------------------------------------------------------------

  waitFor(executionArn: string): Promise<Final> {
    const record = this.describeExecution(executionArn);
    if (record.status !== 'RUNNING' && this.residents.get(executionArn) === undefined)
      return Promise.resolve(finalOf(record));
    return new Promise((resolve) => {
      const waiting = this.finals.get(executionArn) ?? [];
      waiting.push(resolve);
      this.finals.set(executionArn, waiting);
    });
  }

  /** Resolves when nothing can go on by itself: all executions wait for a time or a token, no call is under way. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.idlers.push(resolve);
      this.checkIdle();
    });
  }

  /** Stops where everything stands; a durable store goes on from there. */
  close(): void {
    this.calls.close();
    this.pruner.close();
    this.committer.close();
    this.residents.close();
    this.store.close();
  }

  // ---- inside ----------------------------------------------------------------------------------------------

  private makeHost(): Host {
    return {
      clock: this.options.clock,
      random: this.options.random ?? Math.random,
      newId: this.newId,
      region: this.names.region,
      makeToken: (run, thread, attempt) =>
        this.tokens.make({ execution: run.record.arn, thread: thread.id, attempt }),
      call: (call) => this.calls.make(call),
      awaitChild: (call) => this.calls.awaitChild(call),
      entered: () => {
        this.transitions += 1;
      },
      working: (run) => this.residents.working(run),
      rested: (run) => {
        this.residents.rested(run);
        this.committerOf(run).add(run);
        this.checkIdle();
      },
      written: (run) => this.committerOf(run).written(run),
      closed: (run) => this.runClosed(run),
    };
  }

  private posted(send: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => send(resolve));
  }

  private runClosed(run: Run): void {
    const { record } = run;
    this.residents.closed(run);
    this.pruner.look();
    const waiting = this.finals.get(record.arn) ?? [];
    this.finals.delete(record.arn);
    for (const resolve of waiting) resolve(finalOf(record));
  }

  private checkIdle(): void {
    if (this.idlers.length === 0) return;
    // Not before the turn's other callbacks had their say.
    setImmediate(() => {
      if (this.calls.inFlight > 0 || this.residents.busy || this.committer.pending) return;
      for (const resolve of this.idlers.splice(0)) resolve();
    });
  }

  private newRecord(
    target: Target,
    arn: string,
    name: string,
    input: string,
    traceHeader: string | undefined,
  ): ExecutionRecord {
    const { machine, revisionId, versionArn, aliasArn } = target;
    return {
      arn,
      name,
      machineArn: machine.arn,
      type: machine.type,
      revisionId,
      ...(versionArn === undefined ? {} : { versionArn }),
      ...(aliasArn === undefined ? {} : { aliasArn }),
      startDate: this.options.clock.now(),
      input,
      ...(traceHeader === undefined ? {} : { traceHeader }),
      status: 'RUNNING',
      redriveCount: 0,
      lastEvent: 0,
      lastThread: 0,
    };
  }

  private runOf(record: ExecutionRecord): Run {
    const revision = this.machines.revision(record.revisionId);
    const definition = this.machines.definition(revision);
    return new Run(this.host, record, revision, definition);
  }

  private record(arn: string): ExecutionRecord | undefined {
    return (
      this.residents.get(arn)?.record ?? this.store.execution(arn) ?? this.transient.execution(arn)
    );
  }

  private storeOf(record: ExecutionRecord): Store {
    return record.type === 'EXPRESS' ? this.transient : this.store;
  }

  private committerOf(run: Run): Committer {
    return run.record.type === 'EXPRESS' ? this.transientCommitter : this.committer;
  }
}

/** @param options.store `file` goes on after a crash; every execution is resumed before this returns */
export function createEngine(options: EngineOptions): Engine {
  return new Engine(options);
}

export type { Integrations };

function checkedInput(input: string): string {
  if (input === '')
    throw new ServiceError(
      'InvalidExecutionInput',
      "Invalid State Machine Execution Input: 'Invalid execution input.'",
    );
  if (exceeds(input, inputLimit))
    throw new ServiceError('InvalidExecutionInput', 'The input exceeds 262144 bytes');
  try {
    textOf(parseJson(input));
  } catch {
    throw new ServiceError(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${jsonFault(input).message}'`,
    );
  }
  return input;
}

function finalOf(record: ExecutionRecord): Final {
  const { status } = record;
  if (status === 'RUNNING') throw new Error(`${record.arn} still runs`);
  return {
    executionArn: record.arn,
    status,
    startDate: record.startDate,
    stopDate: record.stopDate ?? record.startDate,
    ...(record.output === undefined ? {} : { output: record.output }),
    ...(record.error === undefined ? {} : { error: record.error }),
    ...(record.cause === undefined ? {} : { cause: record.cause }),
  };
}

function taken(arn: string): ServiceError {
  return new ServiceError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
}

function noExecution(arn: string): ServiceError {
  return new ServiceError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}
