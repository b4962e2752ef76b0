import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventPublisher } from '../../domain/orders/ports.ts';

type Entry = Parameters<EventPublisher['publish']>[0][number];

/** Limits of one PutEvents call: entries, and bytes over all of them (with room for what we do not count). */
const maxEntries = 10;
const maxBytes = 240 * 1024;

/**
 * Publishes in calls of at most ten entries. PutEvents answers 200 also when it took only some of them, so each
 * entry's own answer counts; a call that fails as a whole took none, and the others still go out.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
export function createPublisher(client: EventBridgeClient, busName: string): EventPublisher {
  const put = async (entries: readonly PreparedEntry[]): Promise<readonly boolean[]> => {
    try {
      const { Entries: answers } = await client.send(
        new PutEventsCommand({
          Entries: entries.map((entry) => ({
            EventBusName: busName,
            Source: entry.source,
            DetailType: entry.type,
            Detail: entry.detail,
          })),
        }),
      );
      return entries.map((_, index) => answers?.[index]?.EventId !== undefined);
    } catch {
      return entries.map(() => false);
    }
  };

  return {
    async publish(entries) {
      const taken: boolean[] = [];
      for (const call of callsOf(entries)) taken.push(...(await put(call)));
      return taken;
    },
  };
}

interface PreparedEntry {
  readonly source: string;
  readonly type: string;
  readonly detail: string;
}

/** Cuts the entries into calls, in order. */
export function callsOf(entries: readonly Entry[]): readonly (readonly PreparedEntry[])[] {
  const calls: PreparedEntry[][] = [];
  let open: PreparedEntry[] = [];
  let bytes = 0;
  for (const { source, type, detail } of entries) {
    const entry = { source, type, detail: JSON.stringify(detail) };
    const size = Buffer.byteLength(entry.detail) + source.length + type.length;
    if (open.length === maxEntries || (open.length > 0 && bytes + size > maxBytes)) {
      calls.push(open);
      open = [];
      bytes = 0;
    }
    open.push(entry);
    bytes += size;
  }
  if (open.length > 0) calls.push(open);
  return calls;
}
