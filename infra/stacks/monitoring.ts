import { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { metricNames } from '../../domain/shared/metrics.ts';
import { type AlarmProps, KassaAlarm } from '../constructs/alarm.ts';
import type { KassaFunction } from '../constructs/kassa-function.ts';
import { ownMetric } from '../constructs/own-metric.ts';
import type { EventsParts } from '../constructs/parts.ts';
import { type FunctionName, functionNames, specOf } from '../functions.ts';
import type { Stage } from '../stages.ts';
import type { ApiStack } from './api.ts';
import { addDashboard } from './dashboard.ts';
import type { DatabaseStack } from './database.ts';
import type { WorkflowsStack } from './workflows.ts';

interface MonitoringProps {
  readonly stage: Stage;
  readonly database: DatabaseStack;
  readonly events: EventsParts;
  readonly workflows: WorkflowsStack;
  readonly api: ApiStack;
  readonly functions: readonly KassaFunction[];
  readonly streamReaders: readonly KassaFunction[];
}

const minute = Duration.minutes(1);
const fiveMinutes = Duration.minutes(5);

/** Alarms (but for those that take a deployment back, which stand beside what is deployed), and one dashboard. */
export class MonitoringStack extends Stack {
  readonly #topic: Topic;
  readonly #stage: Stage;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id, { description: 'Kassa: alarms and dashboard' });
    const { stage, events, workflows, api, database } = props;
    this.#stage = stage;
    this.#topic = events.alarms;
    const own = (
      service: FunctionName,
      name: string,
      statistic: 'Sum' | 'Maximum',
      period?: Duration,
    ) => ownMetric(stage, service, name, statistic, period);

    for (const queue of events.deadLetters) {
      // Not NumberOfMessagesSent, which stays 0 for messages that a redrive policy moved.
      this.alarm(`${queue.node.id}-holds-messages`, {
        metric: queue.metricApproximateNumberOfMessagesVisible({
          period: minute,
          statistic: 'Maximum',
        }),
        threshold: 1,
        impact: `Messages in ${queue.node.id} were given up and wait for a person`,
        runbook: 'dead-letters',
      });
    }
    for (const [name, queue] of Object.entries({ ...events.nudges, timeline: events.timeline })) {
      this.alarm(`${name}-queue-stands`, {
        metric: queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: 'Maximum' }),
        threshold: 300,
        periods: 3,
        impact: `The ${name} queue has not moved for minutes: orders go on late`,
        runbook: 'queues',
      });
    }
    for (const relay of ['outbox-relay', 'mailbox-relay', 'inbox-processor'] as const) {
      // A row is tried every five minutes at last; its relay's run ends well, and takes the nudge from its queue.
      this.alarm(`${relay}-stuck`, {
        metric: own(relay, metricNames.rowsStuck, 'Sum', Duration.minutes(10)),
        threshold: 1,
        impact: `Something that ${relay} moves has failed for minutes and goes on failing: its order stands still`,
        runbook: 'queues',
      });
    }
    for (const reader of props.streamReaders) {
      // A reader that names its failed records has not failed: its errors count nothing of a record tried for hours.
      this.alarm(`${reader.node.id}-stream-stands`, {
        metric: reader.metric('IteratorAge', { period: fiveMinutes, statistic: 'Maximum' }),
        threshold: 300_000,
        impact: `${reader.node.id} has not got on for minutes: what couriers did is told late`,
        runbook: 'queues',
      });
    }
    for (const [name, machine] of Object.entries(workflows.machines)) {
      this.alarm(`${name}-timed-out`, {
        metric: machine.metricTimedOut({ period: fiveMinutes, statistic: 'Sum' }),
        threshold: name === 'checkout' ? 5 : 1,
        impact: `Executions of ${name} ran out of time`,
        runbook: 'findings',
      });
    }
    this.alarm('finding-recorded', {
      metric: own('tell-findings', metricNames.findingRecorded, 'Sum'),
      threshold: 1,
      impact: 'Something about an order, its money or the stock that only a person can put right',
      runbook: 'findings',
    });
    this.alarm('findings-wait', {
      metric: own('tell-findings', metricNames.findingsOldestAge, 'Maximum'),
      threshold: 3 * 86_400,
      periods: 3,
      silenceIsBad: true,
      impact: 'A finding has waited for three days, or findings are not told of at all',
      runbook: 'findings',
    });
    for (const name of functionNames.filter((each) => specOf(each).stripe !== undefined)) {
      this.alarm(`${name}-misconfigured`, {
        metric: own(name, metricNames.misconfigured, 'Sum'),
        threshold: 1,
        impact: `${name} has no good key or secret for Stripe: money stands still, and steps wait for it`,
        runbook: 'configuration',
      });
    }
    this.alarm('webhooks-silent', {
      metric: own('list-overdue', metricNames.webhooksSilent, 'Sum'),
      threshold: 1,
      impact:
        'Customers pay and Stripe tells nothing: paid orders are not packed until expiry has asked Stripe',
      runbook: 'webhooks',
    });
    for (const name of ['compare-books', 'match-ledger'] as const) {
      this.alarm(`${name}-heard`, {
        metric: own(name, metricNames.webhooksMissed, 'Sum'),
        threshold: 1,
        impact: 'Stripe had news that no webhook told: orders went on hours late',
        runbook: 'webhooks',
      });
    }
    this.alarm('books-behind', {
      metric: own('compare-books', metricNames.booksBehind, 'Maximum', Duration.hours(1)),
      threshold: 36 * 3600,
      impact: 'The comparison with Stripe does not get through a day in a night',
      runbook: 'reconciliation',
    });
    this.alarm('webhook-given-up', {
      metric: own('inbox-processor', metricNames.webhooksGivenUp, 'Sum'),
      threshold: 1,
      impact:
        "Stripe told of a payment whose order never came: look whether it is somebody's money",
      runbook: 'webhooks',
    });
    this.alarm('cache-unavailable', {
      metric: own('price-cart', metricNames.cacheUnavailable, 'Sum'),
      threshold: 100,
      periods: 2,
      impact:
        'Carts are priced without the cache: nothing fails, and the database has all the work',
      runbook: 'cache',
    });
    this.alarm('expiry-tail-size', {
      metric: own('report-tail', metricNames.expiryTailSize, 'Maximum', minute),
      threshold: 5000,
      periods: 5,
      silenceIsBad: true,
      impact: 'Goods of unpaid orders stay reserved, or expiry does not run at all',
      runbook: 'expiry',
    });
    this.alarm('expiry-oldest-age', {
      metric: own('report-tail', metricNames.expiryOldestAge, 'Maximum', minute),
      threshold: 900,
      periods: 5,
      impact: 'Unpaid orders are overdue by a quarter of an hour',
      runbook: 'expiry',
    });
    this.alarm('api-latency', {
      metric: api.api.metricLatency({ period: fiveMinutes, statistic: 'p99' }),
      threshold: 5000,
      periods: 3,
      impact: 'One customer in a hundred waits longer than five seconds',
      runbook: 'api',
    });
    for (const lambda of props.functions) {
      this.alarm(`${lambda.node.id}-errors`, {
        metric: lambda.metricErrors({ period: fiveMinutes, statistic: 'Sum' }),
        threshold: lambda.seldom ? 1 : 5,
        impact: lambda.seldom
          ? `${lambda.node.id} did not do its work this time`
          : `${lambda.node.id} fails again and again`,
        runbook: 'functions',
      });
    }
    // Another stage's cluster is watched there.
    if (database.cluster !== undefined) {
      this.alarm('database-capacity', {
        metric: database.cluster.metricACUUtilization({
          period: fiveMinutes,
          statistic: 'Average',
        }),
        threshold: 85,
        periods: 3,
        impact: 'The database is near the greatest capacity it may take',
        runbook: 'database',
      });
    }

    // Branches share staging's account, and with it this number.
    if (stage.reservesConcurrency) {
      this.alarm('functions-throttled', {
        metric: new Metric({
          namespace: 'AWS/Lambda',
          metricName: 'Throttles',
          statistic: 'Sum',
          period: minute,
        }),
        threshold: 10,
        periods: 3,
        impact:
          'Functions are refused, since more want to run than the account lets: customers get 5xx, orders go on late',
        runbook: 'functions',
      });
    }

    addDashboard(this, props);
  }

  private alarm(name: string, props: AlarmProps): void {
    new KassaAlarm(this, name, this.#stage, this.#topic, props);
  }
}
