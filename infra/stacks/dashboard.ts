import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { metricNames } from '../../domain/shared/metrics.ts';
import type { KassaFunction } from '../constructs/kassa-function.ts';
import { ownMetric } from '../constructs/own-metric.ts';
import type { EventsParts } from '../constructs/parts.ts';
import { type FunctionName, functionNames, specOf } from '../functions.ts';
import type { Stage } from '../stages.ts';
import type { ApiStack } from './api.ts';
import type { DatabaseStack } from './database.ts';
import type { WorkflowsStack } from './workflows.ts';

interface DashboardProps {
  readonly stage: Stage;
  readonly database: DatabaseStack;
  readonly events: EventsParts;
  readonly workflows: WorkflowsStack;
  readonly api: ApiStack;
  readonly streamReaders: readonly KassaFunction[];
}

const graph = (title: string, left: IMetric[]) => new GraphWidget({ title, left, width: 8 });

/** One look from the customers down: the API, the machines, unpaid orders, queues, money, the databases. */
export function addDashboard(scope: Construct, props: DashboardProps): void {
  const { stage, workflows, api, events, database } = props;
  const machines = Object.values(workflows.machines);
  const own = (
    service: FunctionName,
    metric: string,
    statistic: 'Sum' | 'Maximum' = 'Sum',
    period = Duration.minutes(5),
  ) => ownMetric(stage, service, metric, statistic, period);
  const minute = Duration.minutes(1);
  new Dashboard(scope, 'dashboard', {
    dashboardName: `kassa-${stage.name}`,
    widgets: [
      [
        graph('Requests', [
          api.api.metricCount(),
          api.api.metricClientError(),
          api.api.metricServerError(),
        ]),
        graph('Latency of the API', [
          api.api.metricLatency({ statistic: 'p50' }),
          api.api.metricLatency({ statistic: 'p99' }),
        ]),
        graph(
          'Executions begun',
          machines.map((machine) => machine.metricStarted()),
        ),
      ],
      [
        graph(
          'Executions failed',
          machines.map((machine) => machine.metricFailed()),
        ),
        graph('Tail of unpaid orders', [
          own('report-tail', metricNames.expiryTailSize, 'Maximum', minute),
          own('report-tail', metricNames.ordersExpired, 'Sum', minute),
        ]),
        graph('Oldest overdue order (seconds)', [
          own('report-tail', metricNames.expiryOldestAge, 'Maximum', minute),
        ]),
      ],
      [
        graph('Age of the oldest message (seconds)', [
          ...Object.values(events.nudges).map((queue) =>
            queue.metricApproximateAgeOfOldestMessage(),
          ),
          events.timeline.metricApproximateAgeOfOldestMessage(),
        ]),
        graph(
          'Given up',
          events.deadLetters.map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
        ),
        graph('Tried again', [
          own('outbox-relay', metricNames.outboxRetried),
          own('mailbox-relay', metricNames.mailboxRetried),
          own('inbox-processor', metricNames.inboxRetried),
        ]),
        // Each costs a minute at most; many of one function mean that it may not send.
        graph(
          'Nudges lost',
          functionNames
            .filter((name) => specOf(name).nudges !== undefined)
            .map((name) => own(name, metricNames.nudgeLost)),
        ),
      ],
      [
        graph('Findings', [
          own('tell-findings', metricNames.findingsOpen, 'Maximum', minute),
          own('tell-findings', metricNames.findingRecorded),
        ]),
        graph('Behind Stripe', [
          own('list-overdue', metricNames.webhooksSilent),
          own('compare-books', metricNames.webhooksMissed),
          own('match-ledger', metricNames.webhooksMissed),
          own('inbox-processor', metricNames.webhooksGivenUp),
        ]),
        // The whole account's, which is what functions run out of.
        graph('Invocations at a time, and refused', [
          accountWide('ConcurrentExecutions', 'Maximum'),
          accountWide('Throttles', 'Sum'),
        ]),
      ],
      [
        ...(database.cluster === undefined
          ? []
          : [
              graph('Database: part of its capacity (%)', [
                database.cluster.metricACUUtilization({ statistic: 'Maximum' }),
              ]),
              graph('Database: connections', [database.cluster.metricDatabaseConnections()]),
            ]),
        graph('Tables: units written', [
          ...Object.values(database.parts.tables).map((table) =>
            table.metricConsumedWriteCapacityUnits(),
          ),
        ]),
        graph(
          'Age of what is read of the deliveries’ stream (ms)',
          props.streamReaders.map((reader) =>
            reader.metric('IteratorAge', { statistic: 'Maximum' }),
          ),
        ),
      ],
    ],
  });
}

function accountWide(metricName: string, statistic: 'Sum' | 'Maximum'): Metric {
  return new Metric({
    namespace: 'AWS/Lambda',
    metricName,
    statistic,
    period: Duration.minutes(1),
  });
}
