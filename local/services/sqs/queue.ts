import { createHash, randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../../clock.ts';
import { ServiceError } from '../aws-json.ts';
import { type Message, type MessageAttributes, parseHandle, sizeOf } from './message.ts';
import type { QueueSettings } from './properties.ts';
import type { Shelf } from './shelf.ts';

export interface Sending {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  /** Seconds; the queue's own delay if not given. */
  readonly delay?: number | undefined;
  readonly groupId?: string | undefined;
  readonly dedupeId?: string | undefined;
}

export interface Sent {
  readonly id: string;
  readonly sequence: string | undefined;
}

/** A message sent twice under one deduplication id within five minutes is taken once. */
const dedupeWindow = 5 * 60_000;

/**
 * One queue: in memory for speed, every change on the shelf first. A message that becomes visible after
 * `maxReceiveCount` receives moves to the dead-letter queue (AWS moves it at the next receive).
 */
export class Queue {
  readonly name: string;
  readonly arn: string;
  settings: QueueSettings;
  private readonly shelf: Shelf;
  private readonly clock: Clock;
  private readonly deadLetterQueue: (arn: string) => Queue | undefined;
  /** Visible ones, the longest waiting first. */
  private readonly ready = new Map<number, Message>();
  /** Received or delayed ones, until their time comes. */
  private readonly hidden = new Map<number, { readonly message: Message; readonly timer: Timer }>();
  private readonly inFlight = new Set<number>();
  private readonly busyGroups = new Map<string, number>();
  private readonly watchers = new Set<() => void>();

  constructor(options: {
    readonly name: string;
    readonly arn: string;
    readonly settings: QueueSettings;
    readonly shelf: Shelf;
    readonly clock: Clock;
    readonly deadLetterQueue: (arn: string) => Queue | undefined;
  }) {
    this.name = options.name;
    this.arn = options.arn;
    this.settings = options.settings;
    this.shelf = options.shelf;
    this.clock = options.clock;
    this.deadLetterQueue = options.deadLetterQueue;
  }

  /** Takes up what an earlier run left. What was in flight then is nobody's now: it is visible again. */
  load(): void {
    const now = this.clock.now();
    for (const message of this.shelf.load(this.name)) {
      if (message.receives === 0 && message.visibleAt > now) this.hide(message);
      else this.show(message);
    }
  }

  get counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    this.dropExpired();
    return {
      visible: this.ready.size,
      inFlight: this.inFlight.size,
      delayed: this.hidden.size - this.inFlight.size,
    };
  }

  /** Whether a message that nobody received yet becomes visible within so many milliseconds. */
  showsWithin(ms: number): boolean {
    const latest = this.clock.now() + ms;
    for (const { message } of this.hidden.values()) {
      if (message.receives === 0 && message.visibleAt <= latest) return true;
    }
    return false;
  }

  /** Told whenever a message becomes visible. @returns the way to be told no more */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** @throws ServiceError InvalidMessageContents, InvalidParameterValue, MissingParameter */
  send(sending: Sending): Sent {
    const attributes = sending.attributes ?? {};
    if (sending.body === '') {
      throw new ServiceError('InvalidMessageContents', 'The message body is empty.');
    }
    if (sizeOf(sending.body, attributes) > this.settings.longestMessage) {
      throw new ServiceError(
        'InvalidParameterValue',
        `One or more parameters are invalid. Reason: Message must be shorter than ${this.settings.longestMessage} bytes.`,
      );
    }
    const now = this.clock.now();
    const dedupeId = this.dedupeIdOf(sending);
    const earlier =
      dedupeId === undefined ? undefined : this.shelf.duplicateOf(this.name, dedupeId, now);
    if (earlier !== undefined) return { id: earlier.message, sequence: sequenceOf(earlier.seq) };
    const delay = (sending.delay ?? this.settings.delay) * 1000;
    const message = this.shelf.now(() => {
      const inserted = this.shelf.insert(this.name, {
        id: randomUUID(),
        body: sending.body,
        attributes,
        sentAt: now,
        visibleAt: now + delay,
        receives: 0,
        firstReceivedAt: undefined,
        groupId: sending.groupId,
        dedupeId,
        source: undefined,
      });
      if (dedupeId !== undefined) {
        this.shelf.remember(this.name, dedupeId, inserted, now + dedupeWindow);
      }
      return inserted;
    });
    if (delay > 0) this.hide(message);
    else this.show(message);
    return {
      id: message.id,
      sequence: this.settings.fifo ? sequenceOf(message.seq) : undefined,
    };
  }

  /** At most `most` visible messages, hidden from others for `visibility` seconds. */
  receive(most: number, visibility = this.settings.visibility): Message[] {
    this.dropExpired();
    const taken: Message[] = [];
    for (const message of this.ready.values()) {
      if (taken.length === most) break;
      if (message.groupId !== undefined && this.busyGroups.has(message.groupId)) continue;
      taken.push(message);
    }
    if (taken.length === 0) return taken;
    const now = this.clock.now();
    this.shelf.soon(() => {
      for (const message of taken) {
        message.receives += 1;
        message.firstReceivedAt ??= now;
        message.visibleAt = now + visibility * 1000;
        this.shelf.update(message);
      }
    });
    for (const message of taken) {
      this.ready.delete(message.seq);
      this.inFlight.add(message.seq);
      if (message.groupId !== undefined) {
        this.busyGroups.set(message.groupId, (this.busyGroups.get(message.groupId) ?? 0) + 1);
      }
      // Only looked at: nobody holds it.
      if (visibility === 0) this.giveBack(message);
      else this.hide(message);
    }
    return taken;
  }

  /** A handle that a later receive made stale deletes nothing. @throws ServiceError ReceiptHandleIsInvalid */
  delete(handle: string): void {
    const message = this.held(handle);
    if (message === undefined) return;
    this.shelf.soon(() => this.shelf.remove(message));
    this.release(message);
    if (message.groupId !== undefined) this.tell();
  }

  /** Many at once, in one write. */
  deleteAll(handles: readonly string[]): void {
    this.shelf.soon(() => {
      for (const handle of handles) this.delete(handle);
    });
  }

  /** @param visibility seconds from now; 0 gives the message back at once */
  changeVisibility(handle: string, visibility: number): void {
    const message = this.held(handle);
    if (message === undefined || !this.inFlight.has(message.seq)) {
      throw new ServiceError('MessageNotInflight', 'The message is not in flight.');
    }
    message.visibleAt = this.clock.now() + visibility * 1000;
    this.shelf.soon(() => this.shelf.update(message));
    this.hidden.get(message.seq)?.timer.cancel();
    this.hidden.delete(message.seq);
    if (visibility === 0) this.giveBack(message);
    else this.hide(message);
  }

  purge(): void {
    this.shelf.soon(() => this.shelf.purge(this.name));
    for (const { timer } of this.hidden.values()) timer.cancel();
    this.ready.clear();
    this.hidden.clear();
    this.inFlight.clear();
    this.busyGroups.clear();
  }

  /** Moves every visible message to where it came from, or to `destination`. @returns how many */
  moveBack(destination: Queue | undefined): number {
    let moved = 0;
    for (const message of [...this.ready.values()]) {
      const to =
        destination ??
        (message.source === undefined ? undefined : this.deadLetterQueue(message.source));
      if (to === undefined) continue;
      this.move(message, to, undefined);
      moved += 1;
    }
    return moved;
  }

  close(): void {
    for (const { timer } of this.hidden.values()) timer.cancel();
    this.hidden.clear();
    this.watchers.clear();
  }

  private dedupeIdOf({ body, groupId, dedupeId }: Sending): string | undefined {
    if (!this.settings.fifo) return undefined;
    if (groupId === undefined) {
      throw new ServiceError(
        'MissingParameter',
        'The request must contain the parameter MessageGroupId.',
      );
    }
    if (dedupeId !== undefined) return dedupeId;
    if (this.settings.dedupeByContent) return createHash('sha256').update(body).digest('hex');
    throw new ServiceError(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }

  private held(handle: string): Message | undefined {
    const parsed = parseHandle(handle);
    if (parsed === undefined) {
      throw new ServiceError(
        'ReceiptHandleIsInvalid',
        `The input receipt handle "${handle}" is not a valid receipt handle.`,
      );
    }
    const message = this.hidden.get(parsed.seq)?.message ?? this.ready.get(parsed.seq);
    return message?.receives === parsed.receives ? message : undefined;
  }

  private hide(message: Message): void {
    const timer = this.clock.at(message.visibleAt, () => {
      this.hidden.delete(message.seq);
      this.giveBack(message);
    });
    this.hidden.set(message.seq, { message, timer });
  }

  private giveBack(message: Message): void {
    this.release(message);
    this.show(message);
  }

  /** Out of every list; its group may go on. */
  private release(message: Message): void {
    this.hidden.get(message.seq)?.timer.cancel();
    this.hidden.delete(message.seq);
    this.ready.delete(message.seq);
    if (!this.inFlight.delete(message.seq) || message.groupId === undefined) return;
    const others = (this.busyGroups.get(message.groupId) ?? 1) - 1;
    if (others === 0) this.busyGroups.delete(message.groupId);
    else this.busyGroups.set(message.groupId, others);
  }

  private show(message: Message): void {
    const { redrive } = this.settings;
    if (redrive !== undefined && message.receives >= redrive.maxReceiveCount) {
      const to = this.deadLetterQueue(redrive.deadLetterTargetArn);
      if (to !== undefined) {
        this.move(message, to, this.arn);
        this.tell();
        return;
      }
    }
    this.ready.set(message.seq, message);
    if (this.settings.fifo && message.receives > 0) this.sortReady();
    this.tell();
  }

  /** A FIFO queue's returned message goes before the later ones of its group. */
  private sortReady(): void {
    const sorted = [...this.ready.values()].sort((a, b) => a.seq - b.seq);
    this.ready.clear();
    for (const message of sorted) this.ready.set(message.seq, message);
  }

  private move(message: Message, to: Queue, source: string | undefined): void {
    const moved = this.shelf.soon(() => {
      this.shelf.remove(message);
      return this.shelf.insert(to.name, {
        ...message,
        visibleAt: this.clock.now(),
        receives: 0,
        firstReceivedAt: undefined,
        source,
      });
    });
    this.release(message);
    to.show(moved);
  }

  /** The longest waiting are the oldest, or nearly: looking at the front is enough. */
  private dropExpired(): void {
    const oldest = this.clock.now() - this.settings.retention * 1000;
    for (const message of this.ready.values()) {
      if (message.sentAt > oldest) return;
      this.shelf.soon(() => this.shelf.remove(message));
      this.ready.delete(message.seq);
    }
  }

  private tell(): void {
    for (const watcher of this.watchers) watcher();
  }
}

function sequenceOf(seq: number): string {
  return String(seq).padStart(20, '0');
}
