import * as z from 'zod';
import type { Graph, Resource } from '../assembly/graph.ts';
import { propertiesOf } from './properties.ts';

const TriggerProperties = z.looseObject({
  HandlerArn: z.string(),
  InvocationType: z.enum(['RequestResponse', 'Event']).default('RequestResponse'),
});

export interface Trigger {
  readonly where: string;
  readonly functionArn: string;
  readonly waits: boolean;
}

/** What a deployment invokes, in dependency order: stacks in theirs, and within one what needs what. */
export function readTriggers(graph: Graph): readonly Trigger[] {
  const ordered: Resource[] = [];
  const seen = new Set<Resource>();
  const visit = (resource: Resource): void => {
    if (seen.has(resource)) return;
    seen.add(resource);
    for (const needed of graph.needs(resource)) visit(needed);
    if (resource.type === 'Custom::Trigger') ordered.push(resource);
  };
  for (const trigger of graph.ofType('Custom::Trigger')) visit(trigger);
  return ordered.map((resource) => {
    const properties = propertiesOf(TriggerProperties, graph, resource);
    return {
      where: resource.where,
      functionArn: properties.HandlerArn,
      waits: properties.InvocationType === 'RequestResponse',
    };
  });
}
