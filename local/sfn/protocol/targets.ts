import { z } from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { detailsKey, type HistoryEvent } from '../history.ts';
import type { ExecutionRecord } from '../store/store.ts';

type Target = (engine: Engine, body: unknown) => object | Promise<object>;

function target<T>(
  schema: z.ZodType<T>,
  handle: (engine: Engine, request: T) => object | Promise<object>,
): Target {
  return (engine, body) => handle(engine, schema.parse(body));
}

const arn = z.string().min(1).max(2000);
const settings = {
  loggingConfiguration: z.unknown().optional(),
  tracingConfiguration: z.unknown().optional(),
  encryptionConfiguration: z.unknown().optional(),
};
const paging = {
  maxResults: z.number().int().min(0).max(1000).optional(),
  nextToken: z.string().optional(),
};
const machineArn = z.object({ stateMachineArn: arn });
const executionArn = z.object({ executionArn: arn });
const start = z.object({
  stateMachineArn: arn,
  name: z.string().optional(),
  input: z.string().optional(),
});
const status = z.enum([
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  'PENDING_REDRIVE',
]);
const tagList = z.array(z.object({ key: z.string(), value: z.string().optional() }));

/** The operations by name. The wire has seconds where the engine has milliseconds. */
export const targets: Readonly<Record<string, Target>> = {
  CreateStateMachine: target(
    z.object({
      name: z.string(),
      definition: z.string(),
      roleArn: arn,
      type: z.enum(['STANDARD', 'EXPRESS']).optional(),
      publish: z.boolean().optional(),
      versionDescription: z.string().optional(),
      tags: tagList.optional(),
      ...settings,
    }),
    (
      engine,
      { loggingConfiguration, tracingConfiguration, encryptionConfiguration, tags, ...request },
    ) => {
      const created = engine.createStateMachine({
        ...request,
        settings: defined({
          loggingConfiguration,
          tracingConfiguration,
          encryptionConfiguration,
          tags,
        }),
      });
      return {
        stateMachineArn: created.machine.arn,
        creationDate: seconds(created.machine.createdAt),
      };
    },
  ),
  UpdateStateMachine: target(
    z.object({
      stateMachineArn: arn,
      definition: z.string().optional(),
      roleArn: arn.optional(),
      publish: z.boolean().optional(),
      versionDescription: z.string().optional(),
      ...settings,
    }),
    (
      engine,
      { loggingConfiguration, tracingConfiguration, encryptionConfiguration, ...request },
    ) => {
      const updated = engine.updateStateMachine({
        ...request,
        settings: defined({ loggingConfiguration, tracingConfiguration, encryptionConfiguration }),
      });
      return {
        updateDate: seconds(updated.machine.updatedAt),
        revisionId: updated.revision.id,
      };
    },
  ),
  ValidateStateMachineDefinition: target(
    z.object({ definition: z.string() }),
    (engine, request) => {
      try {
        engine.validate(request.definition);
        return { result: 'OK', diagnostics: [], truncated: false };
      } catch (thrown) {
        if (!(thrown instanceof ServiceError)) throw thrown;
        const { code, location, reason } = thrown.details;
        const diagnostic = { severity: 'ERROR', code, message: reason, location };
        return { result: 'FAIL', diagnostics: [diagnostic], truncated: false };
      }
    },
  ),
  DescribeStateMachine: target(machineArn, (engine, request) => {
    const { machine, revision } = engine.describeStateMachine(request.stateMachineArn);
    const { tags: _tags, ...given } = machine.settings;
    return {
      stateMachineArn: request.stateMachineArn,
      name: machine.name,
      status: 'ACTIVE',
      definition: revision.definition,
      roleArn: revision.roleArn,
      type: machine.type,
      creationDate: seconds(machine.createdAt),
      revisionId: revision.id,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
      ...given,
    };
  }),
  DescribeStateMachineForExecution: target(executionArn, (engine, request) => {
    const record = engine.describeExecution(request.executionArn);
    const revision = engine.revision(record.revisionId);
    return {
      stateMachineArn: record.machineArn,
      name: record.machineArn.split(':').at(-1),
      definition: revision.definition,
      roleArn: revision.roleArn,
      updateDate: seconds(revision.createdAt),
      revisionId: revision.id,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    };
  }),
  ListStateMachines: target(z.object(paging), (engine, request) => {
    const { items, nextToken } = paged(engine.listStateMachines(), request, 'machines');
    return {
      stateMachines: items.map((machine) => ({
        stateMachineArn: machine.arn,
        name: machine.name,
        type: machine.type,
        creationDate: seconds(machine.createdAt),
      })),
      ...nextToken,
    };
  }),
  DeleteStateMachine: target(machineArn, (engine, request) => {
    engine.deleteStateMachine(request.stateMachineArn);
    return {};
  }),
  StartExecution: target(start, async (engine, request) => {
    const started = await engine.startExecution(request);
    return { executionArn: started.executionArn, startDate: seconds(started.startDate) };
  }),
  StartSyncExecution: target(start, async (engine, request) => {
    const final = await engine.startSyncExecution(request);
    const duration = final.stopDate - final.startDate;
    return {
      executionArn: final.executionArn,
      stateMachineArn: final.stateMachineArn,
      name: final.name,
      startDate: seconds(final.startDate),
      stopDate: seconds(final.stopDate),
      status: final.status,
      input: final.input,
      inputDetails: { included: true },
      ...defined({ output: final.output, error: final.error, cause: final.cause }),
      ...(final.output === undefined ? {} : { outputDetails: { included: true } }),
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.max(100, Math.ceil(duration / 100) * 100),
      },
    };
  }),
  DescribeExecution: target(executionArn, (engine, request) => {
    const record = engine.describeExecution(request.executionArn);
    if (record.type === 'EXPRESS')
      throw new ServiceError('InvalidArn', `Invalid Arn: '${request.executionArn}'`);
    return {
      ...summary(record),
      input: record.input,
      inputDetails: { included: true },
      ...defined({ output: record.output, error: record.error, cause: record.cause }),
      ...(record.output === undefined ? {} : { outputDetails: { included: true } }),
      ...redriveState(engine, record),
    };
  }),
  ListExecutions: target(
    z.object({ stateMachineArn: arn.optional(), statusFilter: status.optional(), ...paging }),
    (engine, request) => {
      if (request.stateMachineArn !== undefined)
        engine.describeStateMachine(request.stateMachineArn);
      if (request.statusFilter === 'PENDING_REDRIVE') return { executions: [] };
      const limit = size(request.maxResults, 100);
      const after = readToken(request.nextToken, z.tuple([z.number(), z.string()]));
      const found = engine.listExecutions({
        limit: limit + 1,
        ...defined({ machineArn: request.stateMachineArn, status: request.statusFilter }),
        ...(after === undefined ? {} : { after: { startDate: after[0], arn: after[1] } }),
      });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return {
        executions: items.map(summary),
        ...(found.length > limit && last !== undefined
          ? { nextToken: makeToken([last.startDate, last.arn]) }
          : {}),
      };
    },
  ),
  StopExecution: target(
    z.object({
      executionArn: arn,
      error: z.string().max(256).optional(),
      cause: z.string().max(32768).optional(),
    }),
    async (engine, request) => ({
      stopDate: seconds(await engine.stop(request.executionArn, request.error, request.cause)),
    }),
  ),
  RedriveExecution: target(executionArn, async (engine, request) => ({
    redriveDate: seconds(await engine.redrive(request.executionArn)),
  })),
  GetExecutionHistory: target(
    z.object({
      executionArn: arn,
      reverseOrder: z.boolean().optional(),
      includeExecutionData: z.boolean().optional(),
      ...paging,
    }),
    (engine, request) => {
      const record = engine.describeExecution(request.executionArn);
      if (record.type === 'EXPRESS')
        throw new ServiceError('InvalidArn', `Invalid Arn: '${request.executionArn}'`);
      const limit = size(request.maxResults, 100);
      const from = readToken(request.nextToken, z.number());
      const found = engine.history(request.executionArn, {
        limit: limit + 1,
        reverse: request.reverseOrder ?? false,
        ...(from === undefined ? {} : { from }),
      });
      const events = found.slice(0, limit);
      const last = events.at(-1);
      const data = request.includeExecutionData ?? true;
      return {
        events: events.map((event) => wireEvent(event, data)),
        ...(found.length > limit && last !== undefined ? { nextToken: makeToken(last.id) } : {}),
      };
    },
  ),
  SendTaskSuccess: target(
    z.object({ taskToken: z.string().min(1).max(2048), output: z.string() }),
    async (engine, request) => {
      await engine.sendTaskSuccess(request.taskToken, request.output);
      return {};
    },
  ),
  SendTaskFailure: target(
    z.object({
      taskToken: z.string().min(1).max(2048),
      error: z.string().max(256).optional(),
      cause: z.string().max(32768).optional(),
    }),
    async (engine, request) => {
      await engine.sendTaskFailure(request.taskToken, request.error, request.cause);
      return {};
    },
  ),
  SendTaskHeartbeat: target(
    z.object({ taskToken: z.string().min(1).max(2048) }),
    (engine, request) => {
      engine.sendTaskHeartbeat(request.taskToken);
      return {};
    },
  ),
};

function summary(record: ExecutionRecord): object {
  return {
    executionArn: record.arn,
    stateMachineArn: record.machineArn,
    name: record.name,
    status: record.status,
    startDate: seconds(record.startDate),
    ...(record.stopDate === undefined ? {} : { stopDate: seconds(record.stopDate) }),
    redriveCount: record.redriveCount,
    ...(record.redriveDate === undefined ? {} : { redriveDate: seconds(record.redriveDate) }),
    ...defined({
      stateMachineVersionArn: record.versionArn,
      stateMachineAliasArn: record.aliasArn,
    }),
  };
}

function redriveState(engine: Engine, record: ExecutionRecord): object {
  const reason = engine.redriveRefusal(record);
  return reason === undefined
    ? { redriveStatus: 'REDRIVABLE' }
    : { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
}

const dataFields = ['input', 'inputDetails', 'output', 'outputDetails'];

function wireEvent(event: HistoryEvent, data: boolean): object {
  const details = event.details;
  const shown =
    details === undefined || data
      ? details
      : Object.fromEntries(Object.entries(details).filter(([key]) => !dataFields.includes(key)));
  return {
    timestamp: seconds(event.timestamp),
    type: event.type,
    id: event.id,
    previousEventId: event.previousEventId,
    ...(shown === undefined ? {} : { [detailsKey(event.type)]: shown }),
  };
}

function seconds(ms: number): number {
  return ms / 1000;
}

function size(asked: number | undefined, usual: number): number {
  return asked === undefined || asked === 0 ? usual : asked;
}

function paged<T>(
  all: readonly T[],
  request: { readonly maxResults?: number | undefined; readonly nextToken?: string | undefined },
  _what: string,
): { items: readonly T[]; nextToken: object } {
  const from = readToken(request.nextToken, z.number()) ?? 0;
  const to = from + size(request.maxResults, 100);
  return {
    items: all.slice(from, to),
    nextToken: to < all.length ? { nextToken: makeToken(to) } : {},
  };
}

function makeToken(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function readToken<T>(token: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (token === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(token, 'base64').toString()));
  } catch {
    throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const [key, value] of Object.entries(fields))
    if (value !== undefined) Object.assign(kept, { [key]: value });
  return kept;
}
