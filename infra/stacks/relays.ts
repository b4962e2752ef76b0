import { Duration, Stack } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import {
  DynamoEventSource,
  SqsDlq,
  SqsEventSource,
  type SqsEventSourceProps,
} from 'aws-cdk-lib/aws-lambda-event-sources';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { KassaFunction, type Surroundings } from '../constructs/kassa-function.ts';
import type { EventsParts } from '../constructs/parts.ts';
import { everySoOften } from '../constructs/schedules.ts';
import type { FunctionName } from '../functions.ts';

interface RelaysProps extends Surroundings {
  readonly events: EventsParts;
}

/** What moves work on after a commit, or when its time comes: relays, the watcher, stream readers, projections. */
export class RelaysStack extends Stack {
  readonly functions: readonly KassaFunction[];
  /** Those of them that read the deliveries' stream. */
  readonly streamReaders: readonly KassaFunction[];

  constructor(scope: Construct, id: string, props: RelaysProps) {
    super(scope, id, { description: 'Kassa: relays, stream readers and projections' });
    const { events, stage, database } = props;

    const relay = (
      name: FunctionName,
      nudge: Queue,
      description: string,
      gathering: Pick<SqsEventSourceProps, 'batchSize' | 'maxBatchingWindow'> = { batchSize: 10 },
    ) => {
      const lambda = new KassaFunction(this, name, props);
      // A nudge only says that there is work; two at a time is the least a mapping may ask for.
      lambda.addEventSource(new SqsEventSource(nudge, { ...gathering, maxConcurrency: 2 }));
      everySoOften(this, `${name}-sweep`, {
        name: `kassa-${stage.name}-${name}-sweep`,
        description,
        rate: 'rate(1 minute)',
        target: { kind: 'function', arn: lambda.functionArn },
        deadLetters: events.scheduleFailures,
      });
      return lambda;
    };
    // Every worker that commits nudges once a second: gathered, all of theirs are one run.
    const outbox = relay('outbox-relay', events.nudges.outbox, 'Publishes what a nudge missed', {
      batchSize: 1000,
      maxBatchingWindow: Duration.seconds(1),
    });
    const mailbox = relay('mailbox-relay', events.nudges.mailbox, 'Sends what a nudge missed');
    const inbox = relay('inbox-processor', events.nudges.inbox, 'Applies what a nudge missed');

    const watcher = new KassaFunction(this, 'watch-authorisations', props);
    everySoOften(this, 'watch-authorisations-hourly', {
      name: `kassa-${stage.name}-watch-authorisations`,
      description: 'Tells of authorisations that end, and ends what will not be packed in time',
      rate: 'rate(1 hour)',
      target: { kind: 'function', arn: watcher.functionArn },
      deadLetters: events.scheduleFailures,
    });

    const teller = new KassaFunction(this, 'tell-findings', props);
    everySoOften(this, 'tell-findings-minutely', {
      name: `kassa-${stage.name}-tell-findings`,
      description: 'Tells of every finding once, and of how many are open',
      rate: 'rate(1 minute)',
      target: { kind: 'function', arn: teller.functionArn },
      deadLetters: events.scheduleFailures,
    });

    const purge = new KassaFunction(this, 'purge-settled', props);
    everySoOften(this, 'purge-settled-nightly', {
      name: `kassa-${stage.name}-purge-settled`,
      description: 'Deletes rows that have long done their work',
      rate: 'cron(30 3 * * ? *)',
      target: { kind: 'function', arn: purge.functionArn },
      deadLetters: events.scheduleFailures,
    });

    const books = new KassaFunction(this, 'check-books', props);
    everySoOften(this, 'check-books-daily', {
      name: `kassa-${stage.name}-check-books`,
      description: 'Compares orders, payments, refunds and stock with each other',
      rate: 'rate(1 day)',
      target: { kind: 'function', arn: books.functionArn },
      deadLetters: events.scheduleFailures,
    });

    const onDeliveries = (name: FunctionName) => {
      const lambda = new KassaFunction(this, name, props);
      lambda.addEventSource(
        new DynamoEventSource(database.tables.deliveries, {
          startingPosition: StartingPosition.TRIM_HORIZON,
          batchSize: 100,
          reportBatchItemFailures: true,
          bisectBatchOnError: true,
          retryAttempts: 50,
          maxRecordAge: Duration.hours(20),
          onFailure: new SqsDlq(events.streamFailures),
          filters: [
            FilterCriteria.filter({
              eventName: FilterRule.or('INSERT', 'MODIFY'),
            }),
          ],
        }),
      );
      return lambda;
    };
    const outcomes = onDeliveries('delivery-outcomes');
    const publications = onDeliveries('delivery-events');
    this.streamReaders = [outcomes, publications];

    const timeline = new KassaFunction(this, 'order-timeline', props);
    timeline.addEventSource(
      new SqsEventSource(events.timeline, {
        batchSize: 50,
        maxBatchingWindow: Duration.seconds(1),
        maxConcurrency: 10,
        reportBatchItemFailures: true,
      }),
    );
    this.functions = [
      outbox,
      mailbox,
      inbox,
      watcher,
      teller,
      purge,
      books,
      ...this.streamReaders,
      timeline,
    ];
  }
}
