/**
 * Seconds by which a nudge of the outbox is held back in its queue: nobody waits for an event, so that one nudge may
 * stand for everything committed until it is seen, and one run of the relay publishes all of it.
 */
export const outboxNudgeDelay = 1;
