import { warehouseOperations } from '../../domain/api/warehouse.ts';
import { warehouseTaskIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** `GET /warehouse/tasks`: open ones, oldest first, or those the caller has claimed. */
export const listTasks: Route<Dependencies> = async (dependencies, request) => {
  const { subject } = requireGroup(request, 'warehouse');
  const { mine, limit, after } = readQuery(request, warehouseOperations.tasks.query);
  const tasks = await dependencies.warehouse.tasks({
    limit,
    ...(mine === 'true' ? { claimedBy: subject } : {}),
    ...(after === undefined ? {} : { after }),
  });
  const last = tasks.at(-1);
  return {
    status: 200,
    body: {
      tasks,
      ...(last !== undefined && tasks.length === limit ? { next: last.taskId } : {}),
    },
  };
};

export const claimTask: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const taskId = readPathId(request, 'taskId', warehouseTaskIdSchema);
  const result = await dependencies.warehouse.claim(taskId, subject, now);
  switch (result.outcome) {
    case 'claimed':
      return { status: 200, body: { task: result.task } };
    case 'taken':
      throw new HttpProblem('task-taken');
    case 'closed':
      throw new HttpProblem('task-closed', { extensions: { taskStatus: result.status } });
    case 'not_found':
      throw new HttpProblem('not-found');
  }
};

export const completeTask: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const taskId = readPathId(request, 'taskId', warehouseTaskIdSchema);
  const { picked, missing } = readBody(request, warehouseOperations.complete.body);
  const { warehouse, nudge } = dependencies;
  const result = await warehouse.complete(taskId, subject, picked, now, { missing });
  switch (result.outcome) {
    case 'packed':
    case 'short':
      await Promise.all([nudge.mailbox(), nudge.outbox()]);
      return { status: 200, body: { taskId, status: result.outcome } };
    case 'mismatch':
      throw new HttpProblem('wrong-quantities', { extensions: { expected: result.expected } });
    case 'not_yours':
      throw new HttpProblem('task-not-claimed');
    case 'closed':
      throw new HttpProblem('task-closed', { extensions: { taskStatus: result.status } });
    case 'not_found':
      throw new HttpProblem('not-found');
  }
};
