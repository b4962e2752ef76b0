import type { Graph } from '../assembly/graph.ts';
import {
  EventSourceMappingProperties,
  type EventSourceMappings,
} from '../services/event-source-mapping.ts';
import { type EventBridge, EventBusProperties, RuleProperties } from '../services/eventbridge.ts';
import { ScheduleProperties, type Scheduler } from '../services/scheduler.ts';

export function deployBuses(graph: Graph, eventbridge: EventBridge): void {
  for (const bus of graph.ofType(EventBusProperties.type)) {
    const properties = EventBusProperties.parse(bus.where, graph.properties(bus));
    eventbridge.ensureBus(graph.ref(bus), properties);
  }
  for (const rule of graph.ofType(RuleProperties.type)) {
    const properties = RuleProperties.parse(rule.where, graph.properties(rule));
    eventbridge.ensureRule(graph.ref(rule), properties);
  }
}

/** From here on things run by themselves: mappings poll, schedules fire. */
export function startMotors(
  graph: Graph,
  mappings: EventSourceMappings,
  scheduler: Scheduler,
): void {
  for (const mapping of graph.ofType(EventSourceMappingProperties.type)) {
    const properties = EventSourceMappingProperties.parse(mapping.where, graph.properties(mapping));
    mappings.add(mapping.where, properties);
  }
  for (const schedule of graph.ofType(ScheduleProperties.type)) {
    const properties = ScheduleProperties.parse(schedule.where, graph.properties(schedule));
    scheduler.ensureSchedule(graph.getAtt(schedule, 'Arn'), properties);
  }
}
