import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { canDeliver, type Deliveries } from './deliveries.ts';
import { RetryPolicy } from './events/properties.ts';
import { parseSchedule } from './schedules/expression.ts';
import { type Recurring, recur } from './schedules/recur.ts';
import type { Store } from './store.ts';
import { templateProperties } from './template.ts';

const Target = z
  .object({
    Arn: z.string(),
    /** IAM is not evaluated on the laptop. */
    RoleArn: z.string().optional(),
    Input: z.string().optional(),
    RetryPolicy: RetryPolicy.optional(),
    DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
    SqsParameters: z.object({ MessageGroupId: z.string().optional() }).optional(),
  })
  .strict();

export const ScheduleProperties = templateProperties(
  'AWS::Scheduler::Schedule',
  {
    Name: z.string().optional(),
    GroupName: z.string().optional(),
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.string().optional(),
    StartDate: z.iso.datetime({ offset: true }).optional(),
    EndDate: z.iso.datetime({ offset: true }).optional(),
    State: z.enum(['ENABLED', 'DISABLED']).optional(),
    Target,
  },
  {
    Description: 'text for people',
    FlexibleTimeWindow: 'on the laptop a schedule is always on time',
    KmsKeyArn: 'nothing is encrypted at rest on the laptop',
  },
);

export interface Scheduler {
  /** @throws Error for an expression or a target the laptop does not know */
  ensureSchedule(arn: string, properties: ReturnType<typeof ScheduleProperties.parse>): void;
  close(): void;
}

/**
 * EventBridge Scheduler on the virtual clock. Nothing runs before `ensureSchedule`; what fell into the time the
 * laptop was off is not caught up.
 */
export function createScheduler(options: {
  readonly store: Store;
  readonly clock: Clock;
  readonly deliveries: Deliveries;
}): Scheduler {
  const { store, clock, deliveries } = options;
  const running = new Map<string, Recurring>();
  return {
    ensureSchedule: (arn, properties) => {
      const target = properties.Target;
      if (!canDeliver(target.Arn)) {
        throw new Error(`schedule ${arn}: ${target.Arn} cannot be a target on the laptop`);
      }
      running.get(arn)?.close();
      running.delete(arn);
      const schedule = parseSchedule(
        properties.ScheduleExpression,
        properties.ScheduleExpressionTimezone,
      );
      if (properties.State === 'DISABLED') return;
      const fire = (at: number): void => {
        deliveries.send({
          target: target.Arn,
          payload: inputOf(target.Input, arn, at),
          deadLetterArn: target.DeadLetterConfig?.Arn,
          groupId: target.SqsParameters?.MessageGroupId,
          retries: target.RetryPolicy?.MaximumRetryAttempts ?? 185,
          maximumAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
          origin: { SCHEDULE_ARN: arn },
        });
      };
      const { StartDate, EndDate } = properties;
      running.set(
        arn,
        recur({
          ...{ store, clock, name: arn, schedule, fire },
          start: StartDate === undefined ? undefined : Date.parse(StartDate),
          end: EndDate === undefined ? undefined : Date.parse(EndDate),
        }),
      );
    },
    close: () => {
      for (const schedule of running.values()) schedule.close();
      running.clear();
    },
  };
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function inputOf(input: string | undefined, arn: string, at: number): string {
  if (input === undefined) return '{}';
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': arn,
    'scheduled-time': `${new Date(at).toISOString().slice(0, 19)}Z`,
    'execution-id': randomUUID(),
    'attempt-number': '1',
  };
  return input.replaceAll(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (found, name: string) => values[name] ?? found,
  );
}
