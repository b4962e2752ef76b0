import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { listen, shut } from '../http.ts';
import { awsJsonServer, ServiceError } from './aws-json.ts';
import { canDeliver, type Deliveries, NoResource } from './deliveries.ts';
import { type Shape, shapeOf } from './events/input.ts';
import { compilePattern, type Matches } from './events/pattern.ts';
import type { EventBusProperties, RuleProperties } from './events/properties.ts';
import { parseSchedule } from './schedules/expression.ts';
import { type Recurring, recur } from './schedules/recur.ts';
import type { Store } from './store.ts';

export { EventBusProperties, RuleProperties } from './events/properties.ts';

export interface EventBridge {
  /** The endpoint for AWS_ENDPOINT_URL_EVENTBRIDGE. */
  readonly url: string;
  ensureBus(name: string, properties?: ReturnType<typeof EventBusProperties.parse>): void;
  /** @param name the physical name @throws InvalidPattern, or Error for a target the laptop has not */
  ensureRule(name: string, properties: ReturnType<typeof RuleProperties.parse>): void;
  /** The same as the wire's PutEvents, within the process. */
  putEvents(entries: readonly unknown[]): PutEventsAnswer;
  /** The way onto a bus for another bus's rule. */
  putEvent(busArn: string, event: string): void;
  close(): Promise<void>;
}

export interface PutEventsAnswer {
  readonly FailedEntryCount: number;
  readonly Entries: readonly (
    | { readonly EventId: string }
    | { readonly ErrorCode: string; readonly ErrorMessage: string }
  )[];
}

interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly matches: Matches;
  readonly targets: readonly {
    readonly arn: string;
    /** Undefined: the whole event. */
    readonly shape: Shape | undefined;
    readonly deadLetterArn: string | undefined;
    readonly groupId: string | undefined;
    readonly retries: number;
    readonly maximumAgeSeconds: number;
  }[];
}

const Entry = z.object({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  /** Epoch seconds. */
  Time: z.number().optional(),
});
const Put = z.object({ Entries: z.array(Entry).min(1).max(10) });
const Event = z.object({ id: z.string() }).loose();

/** Of all entries of a request together. */
const largestRequest = 256 * 1024;

/**
 * Buses, rules and their targets, behind PutEvents of AWS JSON 1.1. An event is with its targets' queues and
 * functions, or on disk, before PutEvents answers.
 */
export async function startEventBridge(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly deliveries: Deliveries;
  readonly region: string;
  readonly account: string;
  readonly port?: number;
}): Promise<EventBridge> {
  const { store, clock, deliveries, region, account } = options;
  const buses = new Map<string, Map<string, Rule>>([['default', new Map()]]);
  const schedules = new Map<string, Recurring>();

  const publish = (rules: ReadonlyMap<string, Rule>, event: z.infer<typeof Event>): void => {
    const text = JSON.stringify(event);
    for (const rule of rules.values()) if (rule.matches(event)) deliverAll(rule, event, text);
  };
  const deliverAll = (rule: Rule, event: z.infer<typeof Event>, text: string): void => {
    const about = {
      'aws.events.rule-arn': rule.arn,
      'aws.events.rule-name': rule.name,
      'aws.events.event.ingestion-time': new Date(clock.now()).toISOString(),
      'aws.events.event': event,
      'aws.events.event.json': event,
    };
    for (const { arn, shape, ...how } of rule.targets) {
      deliveries.send({
        ...how,
        target: arn,
        payload: shape === undefined ? text : shape(event, about),
        original: shape === undefined ? undefined : text,
        origin: { RULE_ARN: rule.arn },
      });
    }
  };
  const accept = (entry: z.infer<typeof Entry>) => {
    const bus = busName(entry.EventBusName ?? 'default');
    const rules = buses.get(bus);
    const refusal = refusalOf(entry, rules !== undefined, bus);
    if (refusal !== undefined || rules === undefined) {
      return refusal ?? { ErrorCode: 'InternalFailure', ErrorMessage: '' };
    }
    const id = randomUUID();
    const at = entry.Time === undefined ? clock.now() : entry.Time * 1000;
    publish(rules, {
      version: '0',
      id,
      'detail-type': entry.DetailType,
      source: entry.Source,
      account,
      time: timeOf(at),
      region,
      resources: entry.Resources ?? [],
      detail: JSON.parse(entry.Detail ?? '{}'),
    });
    return { EventId: id };
  };
  const putEvents = (input: unknown): PutEventsAnswer => {
    const { Entries } = Put.parse(input);
    if (Entries.reduce((sum, entry) => sum + sizeOf(entry), 0) > largestRequest) {
      throw new ServiceError(
        'ValidationException',
        `Total size of the entries in the request is over the limit of ${largestRequest} bytes.`,
      );
    }
    const answers = Entries.map(accept);
    const failed = answers.filter((answer) => 'ErrorCode' in answer);
    return { FailedEntryCount: failed.length, Entries: answers };
  };
  const server = awsJsonServer({
    prefix: 'AWSEvents',
    version: '1.1',
    operations: { PutEvents: (input) => store.grouped(() => putEvents(input)) },
  });
  const url = await listen(server, options.port ?? 0);
  return {
    url,
    ensureBus: (name) => {
      if (!buses.has(name)) buses.set(name, new Map());
    },
    ensureRule: (name, properties) => {
      const bus = busName(properties.EventBusName ?? 'default');
      const rules = buses.get(bus);
      if (rules === undefined) throw new Error(`rule ${name}: no bus ${bus}`);
      const rule = ruleOf(name, bus, properties, { region, account });
      rules.delete(name);
      schedules.get(rule.arn)?.close();
      if (properties.State === 'DISABLED') return;
      if (properties.EventPattern !== undefined) rules.set(name, rule);
      if (properties.ScheduleExpression === undefined) return;
      const schedule = parseSchedule(properties.ScheduleExpression);
      const fire = (at: number): void => {
        const event = {
          version: '0',
          id: randomUUID(),
          'detail-type': 'Scheduled Event',
          source: 'aws.events',
          account,
          time: timeOf(at),
          region,
          resources: [rule.arn],
          detail: {},
        };
        deliverAll(rule, event, JSON.stringify(event));
      };
      schedules.set(rule.arn, recur({ store, clock, name: rule.arn, schedule, fire }));
    },
    putEvents: (entries) => store.now(() => putEvents({ Entries: entries })),
    putEvent: (busArn, event) => {
      const rules = buses.get(busName(busArn));
      if (rules === undefined) throw new NoResource(`bus ${busArn} does not exist`);
      publish(rules, Event.parse(JSON.parse(event)));
    },
    close: async () => {
      for (const schedule of schedules.values()) schedule.close();
      await shut(server);
    },
  };
}

function ruleOf(
  name: string,
  bus: string,
  properties: ReturnType<typeof RuleProperties.parse>,
  { region, account }: { readonly region: string; readonly account: string },
): Rule {
  const path = bus === 'default' ? name : `${bus}/${name}`;
  return {
    name,
    arn: `arn:aws:events:${region}:${account}:rule/${path}`,
    matches:
      properties.EventPattern === undefined ? () => false : compilePattern(properties.EventPattern),
    targets: (properties.Targets ?? []).map((target) => {
      if (!canDeliver(target.Arn)) {
        throw new Error(`rule ${name}: ${target.Arn} cannot be a target on the laptop`);
      }
      return {
        arn: target.Arn,
        shape: shapeOf(target),
        deadLetterArn: target.DeadLetterConfig?.Arn,
        groupId: target.SqsParameters?.MessageGroupId,
        retries: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
        maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
      };
    }),
  };
}

function refusalOf(entry: z.infer<typeof Entry>, busThere: boolean, bus: string) {
  const invalid = (name: string) => ({
    ErrorCode: 'InvalidArgument',
    ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
  });
  if (!entry.Source) return invalid('Source');
  if (!entry.DetailType) return invalid('DetailType');
  if (!entry.Detail) return invalid('Detail');
  if (entry.Source.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    };
  }
  if (!isJsonObject(entry.Detail)) {
    return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  }
  if (!busThere) {
    return {
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Event bus ${bus} does not exist.`,
    };
  }
  return undefined;
}

/** As AWS counts: the time is 14 bytes, the rest its own length. */
function sizeOf(entry: z.infer<typeof Entry>): number {
  const texts = [entry.Source, entry.DetailType, entry.Detail, ...(entry.Resources ?? [])];
  const length = texts.reduce((sum, each) => sum + Buffer.byteLength(each ?? ''), 0);
  return length + (entry.Time === undefined ? 0 : 14);
}

function isJsonObject(detail: string): boolean {
  try {
    const value: unknown = JSON.parse(detail);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** From a name or an ARN. */
function busName(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1);
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
