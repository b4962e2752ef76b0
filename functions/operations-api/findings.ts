import { operationsOperations } from '../../domain/api/operations.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId, readQuery } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

const { findings, resolve } = operationsOperations;

/** `GET /operations/findings`: the open ones, or with `open=false` the resolved ones too. */
export const listFindings: Route<Dependencies> = async (dependencies, request) => {
  requireGroup(request, 'operations');
  const { open, orderId, limit, before } = readQuery(request, findings.query);
  const found = await dependencies.operations.findings({
    open: open === 'true',
    limit,
    ...(orderId === undefined ? {} : { orderId }),
    ...(before === undefined ? {} : { before }),
  });
  const last = found.at(-1);
  return {
    status: 200,
    body: {
      findings: found,
      ...(last !== undefined && found.length === limit ? { next: last.findingId } : {}),
    },
  };
};

/** `POST /operations/findings/{findingId}/resolve`: again answers the same, and the first note stays. */
export const resolveFinding: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'operations');
  const findingId = readPathId(request, 'findingId', resolve.parameters.findingId);
  const { note } = readBody(request, resolve.body);
  const result = await dependencies.operations.resolveFinding(findingId, { subject, note }, now);
  if (result === 'not_found') throw new HttpProblem('not-found');
  return { status: 200, body: { findingId, status: 'resolved' } };
};
