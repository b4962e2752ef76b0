import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { detailsKey, type HistoryEvent } from '../history.ts';
import { checkExecutionArn } from '../names.ts';
import type { ExecutionRecord } from '../store/store.ts';
import {
  arn,
  cause,
  defined,
  error,
  includedData,
  jsonText,
  longArn,
  makeToken,
  name,
  paging,
  readToken,
  seconds,
  size,
  type Target,
  target,
} from './common.ts';

const start = z.object({
  stateMachineArn: arn,
  name: name.optional(),
  input: jsonText.optional(),
  traceHeader: z
    .string()
    .max(256)
    .regex(/^[\0-\x7f]*$/)
    .optional(),
});
/** In the order AWS names them. */
const status = z.enum([
  'SUCCEEDED',
  'TIMED_OUT',
  'PENDING_REDRIVE',
  'ABORTED',
  'FAILED',
  'RUNNING',
]);

/** Operations on executions. */
export const executionTargets: Readonly<Record<string, Target>> = {
  StartExecution: target(start, async (engine, request) => {
    const started = await engine.startExecution(request);
    return { executionArn: started.executionArn, startDate: seconds(started.startDate) };
  }),
  StartSyncExecution: target(start.extend({ includedData }), async (engine, request) => {
    const { includedData, ...wanted } = request;
    const final = await engine.startSyncExecution(wanted);
    const duration = final.stopDate - final.startDate;
    return {
      executionArn: final.executionArn,
      stateMachineArn: final.stateMachineArn,
      name: final.name,
      startDate: seconds(final.startDate),
      stopDate: seconds(final.stopDate),
      status: final.status,
      ...defined({ traceHeader: request.traceHeader }),
      ...dataOf(final, includedData),
      billingDetails: {
        billedMemoryUsedInMB: 64,
        billedDurationInMilliseconds: Math.max(100, Math.ceil(duration / 100) * 100),
      },
    };
  }),
  DescribeExecution: target(z.object({ executionArn: arn, includedData }), (engine, request) => {
    checkExecutionArn(request.executionArn);
    const record = engine.describeExecution(request.executionArn);
    return {
      ...summary(record),
      ...defined({ traceHeader: record.traceHeader }),
      ...dataOf(record, request.includedData),
      ...redriveState(engine, record),
    };
  }),
  ListExecutions: target(
    z.object({
      stateMachineArn: arn.optional(),
      statusFilter: status.optional(),
      mapRunArn: longArn.optional(),
      redriveFilter: z.enum(['REDRIVEN', 'NOT_REDRIVEN']).optional(),
      maxResults: paging.maxResults,
      nextToken: z.string().min(1).max(3096).optional(),
    }),
    (engine, request) => {
      const target = engine.versions.resolve(listed(request));
      if (target.machine.type === 'EXPRESS')
        throw new ServiceError(
          'StateMachineTypeNotSupported',
          'This operation is not supported by this type of state machine',
        );
      const { statusFilter } = request;
      if (statusFilter === 'PENDING_REDRIVE')
        throw invalid('PENDING_REDRIVE can only be filtered for by the ARN of a Map Run');
      const limit = size(request.maxResults, 100);
      const after = readToken(request.nextToken, z.tuple([z.number(), z.string()]));
      const found = engine.listExecutions({
        limit: limit + 1,
        ...defined({
          machineArn: target.machine.arn,
          // By an alias, whatever version it led to; else by the version itself.
          aliasArn: target.aliasArn,
          versionArn: target.aliasArn === undefined ? target.versionArn : undefined,
          status: statusFilter,
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
      error: error.optional(),
      cause: cause.optional(),
    }),
    async (engine, request) => {
      checkExecutionArn(request.executionArn);
      const stopped = await engine.stop(request.executionArn, request.error, request.cause);
      return { stopDate: seconds(stopped) };
    },
  ),
  RedriveExecution: target(
    z.object({
      executionArn: arn,
      clientToken: z
        .string()
        .min(1)
        .max(64)
        .regex(/^[!-~]+$/)
        .optional(),
    }),
    async (engine, { executionArn, clientToken }) => {
      checkExecutionArn(executionArn);
      return { redriveDate: seconds(await engine.redrive(executionArn, clientToken)) };
    },
  ),
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
};

/** Whose executions are asked for. @throws ServiceError ValidationException, ResourceNotFound */
function listed(request: {
  readonly stateMachineArn?: string | undefined;
  readonly mapRunArn?: string | undefined;
  readonly redriveFilter?: string | undefined;
}): string {
  const { stateMachineArn, mapRunArn, redriveFilter } = request;
  if (stateMachineArn === undefined && mapRunArn === undefined)
    throw invalid('Must provide a StateMachine ARN or MapRun ARN');
  if (stateMachineArn === undefined)
    throw new ServiceError('ResourceNotFound', `Resource not found: '${mapRunArn}'`);
  if (mapRunArn !== undefined)
    throw invalid('Must provide either a StateMachine ARN or a MapRun ARN, not both');
  if (redriveFilter !== undefined)
    throw invalid('redriveFilter can only be used with the ARN of a Map Run');
  return stateMachineArn;
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}

/** What went in and came out of an execution. */
function dataOf(
  record: Pick<ExecutionRecord, 'input' | 'output' | 'error' | 'cause'>,
  included: z.infer<typeof includedData>,
): object {
  if (included === 'METADATA_ONLY') return {};
  const { input, output, error, cause } = record;
  return {
    input,
    inputDetails: { included: true },
    ...defined({ output, error, cause }),
    ...(output === undefined ? {} : { outputDetails: { included: true } }),
  };
}

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
