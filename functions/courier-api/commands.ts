import { deliveryIdSchema } from '../../domain/delivery/delivery.ts';
import type { DeliveryCommandResult } from '../../domain/delivery/ports.ts';
import { NotYetFault } from '../../domain/shared/errors.ts';
import type { Route } from '../shared/http/api.ts';
import { requireGroup } from '../shared/http/caller.ts';
import { HttpProblem } from '../shared/http/problems.ts';
import { readPathId } from '../shared/http/schema.ts';
import { commandAnswer, commandAnswerSchema } from './deliveries.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * A courier's command. The conditional write decides it; keeping the answer besides makes a repeat (a phone that
 * lost the answer in a lift) get the very same one. A refusal is thrown, so that it is not kept: what is refused
 * now may be right later.
 */
export function command(name: 'accept' | 'delivered'): Route<Dependencies> {
  return async (dependencies, request, { now, remaining }) => {
    const { subject } = requireGroup(request, 'courier');
    const deliveryId = readPathId(request, 'deliveryId', deliveryIdSchema);
    const key = { deliveryId, courier: subject, command: name };
    try {
      const kept = await dependencies.once(key, remaining(), async () =>
        commandAnswer(done(await dependencies.deliveries[name](deliveryId, subject, now))),
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
