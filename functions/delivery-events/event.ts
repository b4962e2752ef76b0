import {
  type Delivery,
  type DeliveryEvent,
  deliveryEventTypes,
} from '../../domain/delivery/delivery.ts';

/** The event of one state of a delivery: the same state makes the same event, id and all. */
export function deliveryEvent(delivery: Delivery): DeliveryEvent {
  const { address: _address, ...state } = delivery;
  return {
    eventId: `${delivery.deliveryId}.${delivery.sequence}`,
    type: deliveryEventTypes[delivery.status],
    version: 1,
    aggregate: 'delivery',
    aggregateId: delivery.deliveryId,
    sequence: delivery.sequence,
    occurredAt: delivery.changedAt,
    correlationId: delivery.correlationId,
    state,
  };
}
