import { z } from 'zod';
import { limits } from '../../domain/orders/checkout.ts';
import { skuSchema, warehouseTaskIdSchema } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { pageLimitSchema } from '../shared/http/fields.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

const pageSchema = z.strictObject({
  mine: z.enum(['true', 'false']).default('false'),
  limit: pageLimitSchema,
  after: warehouseTaskIdSchema.optional(),
});

const completionSchema = z.strictObject({
  picked: z
    .array(z.strictObject({ sku: skuSchema, quantity: z.int().min(1).max(limits.piecesPerOrder) }))
    .min(1)
    .max(limits.linesPerOrder),
});

/** `GET /warehouse/tasks`: open ones, oldest first, or those the caller has claimed. */
export const listTasks: Route<Dependencies> = async (dependencies, request) => {
  const { subject } = requireGroup(request, 'warehouse');
  const { mine, limit, after } = readQuery(request, pageSchema);
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
  const { picked } = readBody(request, completionSchema);
  const result = await dependencies.warehouse.complete(taskId, subject, picked, now);
  switch (result.outcome) {
    case 'packed':
      await Promise.all([dependencies.nudge.mailbox(), dependencies.nudge.outbox()]);
      return { status: 200, body: { taskId, status: 'packed' } };
    case 'short':
      await Promise.all([dependencies.nudge.mailbox(), dependencies.nudge.outbox()]);
      return { status: 200, body: { taskId, status: 'short' } };
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
