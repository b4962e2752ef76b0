import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { detailsKey, type HistoryEvent } from '../history.ts';
import { checkExecutionArn } from '../names.ts';
import type { ExecutionRecord } from '../store/store.ts';
import {
  arn,
  defined,
  executionArn,
  makeToken,
  paging,
  readToken,
  seconds,
  size,
  start,
  status,
  type Target,
  target,
} from './common.ts';

/** Operations on executions and their task tokens. */
export const executionTargets: Readonly<Record<string, Target>> = {
  StartExecution: target(start, async (engine, { traceHeader: _unused, ...request }) => {
    const started = await engine.startExecution(request);
    return { executionArn: started.executionArn, startDate: seconds(started.startDate) };
  }),
  StartSyncExecution: target(start, async (engine, { traceHeader, ...request }) => {
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
      ...defined({ output: final.output, error: final.error, cause: final.cause, traceHeader }),
      ...(final.output === undefined ? {} : { outputDetails: { included: true } }),
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.max(100, Math.ceil(duration / 100) * 100),
      },
    };
  }),
  DescribeExecution: target(executionArn, (engine, request) => {
    checkExecutionArn(request.executionArn);
    const record = engine.describeExecution(request.executionArn);
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
      const asked = request.stateMachineArn;
      const target = asked === undefined ? undefined : engine.versions.resolve(asked);
      if (target?.machine.type === 'EXPRESS')
        throw new ServiceError(
          'StateMachineTypeNotSupported',
          'This operation is not supported by this type of state machine',
        );
      if (request.statusFilter === 'PENDING_REDRIVE') return { executions: [] };
      const limit = size(request.maxResults, 100);
      const after = readToken(request.nextToken, z.tuple([z.number(), z.string()]));
      const found = engine.listExecutions({
        limit: limit + 1,
        ...defined({
          machineArn: target?.machine.arn,
          // By an alias, whatever version it led to; else by the version itself.
          aliasArn: target?.aliasArn,
          versionArn: target?.aliasArn === undefined ? target?.versionArn : undefined,
          status: request.statusFilter,
        }),
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
    async (engine, request) => {
      checkExecutionArn(request.executionArn);
      const stopped = await engine.stop(request.executionArn, request.error, request.cause);
      return { stopDate: seconds(stopped) };
    },
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
      checkExecutionArn(request.executionArn);
      engine.describeExecution(request.executionArn);
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
