import { commandAnswerSchema, courierOperations } from '../../domain/api/courier.ts';
import { type DeliveryId, deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import type { DeliveryCommandResult } from '../../domain/delivery/ports.ts';
import { NotYetFault } from '../../domain/shared/errors.ts';
import type { Subject } from '../../domain/shared/ids.ts';
import type { Route } from '../shared/http/api.ts';
import { readBody } from '../shared/http/body.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import type { ApiRequest } from '../shared/http/request.ts';
import { readPathId } from '../shared/http/schema.ts';
import { commandAnswer } from './deliveries.ts';
import type { Dependencies } from './dependencies.ts';

type Deliveries = Dependencies['deliveries'];

/** What a courier may report of a delivery. */
export const accept = command(
  'accept',
  () =>
    (deliveries, ...of) =>
      deliveries.accept(...of),
);
export const delivered = command(
  'delivered',
  () =>
    (deliveries, ...of) =>
      deliveries.delivered(...of),
);
export const lost = command(
  'lost',
  () =>
    (deliveries, ...of) =>
      deliveries.lost(...of),
);
export const failed = command('failed', (request) => {
  const { reason } = readBody(request, courierOperations.failed.body);
  return (deliveries, deliveryId, courier, now) =>
    deliveries.failed(deliveryId, courier, reason, now);
});

/**
 * A courier's command. The conditional write decides it; keeping the answer besides makes a repeat (a phone that
 * lost the answer in a lift) get the very same one. A refusal is thrown, so that it is not kept: what is refused
 * now may be right later.
 */
function command(
  name: 'accept' | 'delivered' | 'failed' | 'lost',
  read: (
    request: ApiRequest,
  ) => (
    deliveries: Deliveries,
    deliveryId: DeliveryId,
    courier: Subject,
    now: Date,
  ) => Promise<DeliveryCommandResult>,
): Route<Dependencies> {
  return async (dependencies, request, { now, remaining }) => {
    const { subject } = requireGroup(request, 'courier');
    const deliveryId = readPathId(request, 'deliveryId', deliveryIdSchema);
    const carryOut = read(request);
    const key = { deliveryId, courier: subject, command: name };
    try {
      const kept = await dependencies.once(key, remaining(), async () =>
        commandAnswer(done(await carryOut(dependencies.deliveries, deliveryId, subject, now))),
      );
      return { status: 200, body: commandAnswerSchema.parse(kept) };
    } catch (error) {
      if (!(error instanceof NotYetFault)) throw error;
      throw new HttpProblem('command-in-progress', { headers: { 'retry-after': '1' } });
    }
  };
}

function done(result: DeliveryCommandResult) {
  switch (result.outcome) {
    case 'done':
      return result.delivery;
    case 'taken':
      throw new HttpProblem('delivery-taken');
    case 'not_now':
      throw new HttpProblem('delivery-not-now', { extensions: { deliveryStatus: result.status } });
    case 'not_found':
      throw new HttpProblem('not-found');
  }
}
