import { Duration, Stack } from 'aws-cdk-lib';
import { Archive, EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { orderEventSource } from '../../domain/orders/events.ts';
import { outboxNudgeDelay } from '../../domain/shared/nudges.ts';
import { accept } from '../constructs/accept.ts';
import type { EventsParts } from '../constructs/parts.ts';
import { specOf } from '../functions.ts';
import type { Stage } from '../stages.ts';

/** The bus, its archive and rules, and every queue with its dead-letter queue. */
export class EventsStack extends Stack {
  readonly parts: EventsParts;
  readonly #stage: Stage;
  readonly #deadLetters: Queue[] = [];

  constructor(scope: Construct, id: string, stage: Stage) {
    super(scope, id, { description: 'Kassa: event bus and queues' });
    this.#stage = stage;
    const bus = new EventBus(this, 'bus', { eventBusName: `kassa-${stage.name}` });
    new Archive(this, 'archive', {
      sourceEventBus: bus,
      archiveName: `kassa-${stage.name}`,
      description: 'Every event, to replay a projection from',
      eventPattern: { source: Match.prefix('kassa.') },
      retention: Duration.days(stage.keepsData ? 365 : 7),
    });

    // A message holds nothing: many sent while a relay works are one run of it.
    const nudges = {
      outbox: this.withDeadLetters(
        'outbox-nudge',
        specOf('outbox-relay').timeout,
        outboxNudgeDelay,
      ),
      mailbox: this.withDeadLetters('mailbox-nudge', specOf('mailbox-relay').timeout),
      inbox: this.withDeadLetters('inbox-nudge', specOf('inbox-processor').timeout),
    };
    const timeline = this.withDeadLetters('order-timeline', specOf('order-timeline').timeout);
    const undelivered = this.lastResort('undelivered-events');
    new Rule(this, 'order-timeline-rule', {
      eventBus: bus,
      ruleName: `kassa-${stage.name}-order-timeline`,
      description: 'Order events to the timeline',
      eventPattern: { source: [orderEventSource] },
      targets: [
        new SqsQueue(timeline, {
          deadLetterQueue: undelivered,
          maxEventAge: Duration.hours(24),
          retryAttempts: 185,
        }),
      ],
    });

    this.parts = {
      bus,
      nudges,
      timeline,
      streamFailures: this.lastResort('delivery-stream-failures'),
      scheduleFailures: this.lastResort('schedule-failures'),
      deadLetters: this.#deadLetters,
      alarms: new Topic(this, 'alarms', {
        topicName: `kassa-${stage.name}-alarms`,
        enforceSSL: true,
      }),
    };
  }

  /** A queue for a function with that timeout: hidden six times as long as one attempt may take. */
  private withDeadLetters(name: string, timeout: number, delay = 0): Queue {
    return new Queue(this, name, {
      queueName: `kassa-${this.#stage.name}-${name}`,
      visibilityTimeout: Duration.seconds(6 * timeout),
      deliveryDelay: Duration.seconds(delay),
      retentionPeriod: Duration.days(4),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      deadLetterQueue: { queue: this.deadLetters(`${name}-dlq`), maxReceiveCount: 5 },
    });
  }

  /** Dead letters of what is no queue. */
  private lastResort(name: string): Queue {
    const queue = this.deadLetters(name);
    accept(queue, {
      SQS3: 'the dead-letter queue of a rule, a stream or schedules: nothing reads it but a person, whom an alarm tells',
    });
    return queue;
  }

  private deadLetters(name: string): Queue {
    const queue = new Queue(this, name, {
      queueName: `kassa-${this.#stage.name}-${name}`,
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
    this.#deadLetters.push(queue);
    return queue;
  }
}
