import * as z from 'zod';
import { operationsOperations, waitEndings } from '../../domain/api/operations.ts';
import { deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import type { WaitEnding } from '../../domain/orders/ports.ts';
import { orderIdSchema } from '../../domain/shared/ids.ts';
import type { MailboxStep } from '../../domain/shared/mailbox.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { ApiRequest } from '../shared/http/request.ts';
import { readPathId } from '../shared/http/schema.ts';
import type { Dependencies } from './dependencies.ts';

const { parameters, body } = operationsOperations.endWait;

/**
 * `POST /operations/orders/{orderId}/waits/{step}/{round}/end`: a manager says what nobody else will. A parcel that
 * still waits for a courier then leaves their list, so that no courier accepts what was given up; one that a courier
 * has stays theirs, and what they report later becomes a finding.
 */
export const endWait: Route<Dependencies> = async (dependencies, request, { now }) => {
  const { subject } = requireGroup(request, 'operations');
  const orderId = readPathId(request, 'orderId', orderIdSchema);
  const step = readPathId(request, 'step', parameters.step);
  const round = readPathId(request, 'round', parameters.round);
  const { ending, reason } = readEnding(request, step);
  const { operations, nudge } = dependencies;
  const result = await operations.endWait(orderId, round, ending, { subject, reason }, now);
  if (step === 'delivery' && (result === 'ended' || result === 'already')) {
    await dependencies.deliveries.withdraw(deliveryIdSchema.parse(`${orderId}.${round}`), now);
  }
  switch (result) {
    case 'ended':
      await Promise.all([nudge.mailbox(), nudge.outbox()]);
      return { status: 200, body: { orderId, step, round, status: 'ended' } };
    case 'already':
      throw new HttpProblem('wait-ended');
    case 'not_waiting':
      throw new HttpProblem('wait-not-open');
    case 'mismatch':
      throw new HttpProblem('wrong-quantities');
    case 'not_found':
      throw new HttpProblem('not-found');
  }
};

/** The body, whose outcome has to be one that the step in the path may end with. */
function readEnding(
  request: ApiRequest,
  step: MailboxStep,
): { readonly ending: WaitEnding; readonly reason: string } {
  const { reason } = body.shape;
  switch (step) {
    case 'payment':
    case 'pick': {
      const read = readBody(request, z.strictObject({ outcome: waitEndings[step], reason }));
      return { ending: { step, outcome: read.outcome }, reason: read.reason };
    }
    case 'delivery': {
      const read = readBody(request, z.strictObject({ outcome: waitEndings[step], reason }));
      return { ending: { step, outcome: read.outcome }, reason: read.reason };
    }
    case 'return': {
      const read = readBody(request, z.strictObject({ outcome: waitEndings[step], reason }));
      return { ending: { step, outcome: read.outcome }, reason: read.reason };
    }
  }
}
