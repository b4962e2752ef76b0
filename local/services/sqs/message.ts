import { createHash, hash } from 'node:crypto';
import * as z from 'zod';

export const MessageAttribute = z.object({
  DataType: z.string().min(1).max(256),
  StringValue: z.string().optional(),
  /** base64 */
  BinaryValue: z.string().optional(),
});
export const MessageAttributes = z.record(z.string().min(1).max(256), MessageAttribute);
export type MessageAttributes = z.infer<typeof MessageAttributes>;

/** A message as it lies in a queue. Times are milliseconds on the virtual clock. */
export interface Message {
  /** Its place in the store, growing with every message sent. */
  seq: number;
  readonly id: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sentAt: number;
  visibleAt: number;
  receives: number;
  firstReceivedAt: number | undefined;
  readonly groupId: string | undefined;
  readonly dedupeId: string | undefined;
  /** ARN of the queue that gave the message up. */
  readonly source: string | undefined;
}

/** Stale once the message has been received again. */
export function receiptHandle(message: Message): string {
  return Buffer.from(`${message.seq}:${message.receives}:${message.id}`).toString('base64');
}

/** @returns undefined for what was never a handle of ours */
export function parseHandle(
  handle: string,
): { readonly seq: number; readonly receives: number } | undefined {
  const found = /^(\d+):(\d+):/.exec(Buffer.from(handle, 'base64').toString('utf8'));
  return found === null ? undefined : { seq: Number(found[1]), receives: Number(found[2]) };
}

export function md5(text: string): string {
  return hash('md5', text);
}

/**
 * The checksum over attributes that clients compare: names in order, each part with its length before it,
 * 1 for text and 2 for bytes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const sum = createHash('md5');
  const part = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    sum.update(length).update(bytes);
  };
  for (const name of names) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    part(Buffer.from(name));
    part(Buffer.from(attribute.DataType));
    const binary = attribute.BinaryValue;
    sum.update(Buffer.from([binary === undefined ? 1 : 2]));
    part(
      binary === undefined
        ? Buffer.from(attribute.StringValue ?? '')
        : Buffer.from(binary, 'base64'),
    );
  }
  return sum.digest('hex');
}

/** Body and attributes together, in bytes: what the size limit counts. */
export function sizeOf(body: string, attributes: MessageAttributes): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += Buffer.byteLength(StringValue ?? '') + Buffer.byteLength(BinaryValue ?? '', 'base64');
  }
  return size;
}
