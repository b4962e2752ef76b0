import { warehouseOperations } from '../../domain/api/warehouse.ts';
import { warehouseTaskIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

/** `GET /warehouse/returns` */
export const listReturns: Route<Dependencies> = async (dependencies, request) => {
  requireGroup(request, 'warehouse');
  const { limit, after } = readQuery(request, warehouseOperations.returns.query);
  const tasks = await dependencies.stock.returns({
    limit,
    ...(after === undefined ? {} : { after }),
  });
  const last = tasks.at(-1);
  return {
    status: 200,
    body: { tasks, ...(last !== undefined && tasks.length === limit ? { next: last.taskId } : {}) },
  };
};

/** `POST /warehouse/tasks/{taskId}/return-received` */
export const receiveReturn: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'warehouse');
  const taskId = readPathId(request, 'taskId', warehouseTaskIdSchema);
  const { lines } = readBody(request, warehouseOperations.returnReceived.body);
  const { stock, nudge } = dependencies;
  const result = await stock.receiveReturn(taskId, subject, lines, now);
  switch (result.outcome) {
    case 'received':
      await Promise.all([nudge.mailbox(), nudge.outbox()]);
      return { status: 200, body: { taskId, status: 'received' } };
    case 'mismatch':
      throw new HttpProblem('wrong-quantities', { extensions: { expected: result.expected } });
    case 'closed':
      throw new HttpProblem('task-closed', { extensions: { taskStatus: result.status } });
    case 'not_found':
      throw new HttpProblem('not-found');
  }
};
