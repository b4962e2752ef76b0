import type { Graph } from '../assembly/graph.ts';
import { nameIn } from '../assembly/physical.ts';
import type { DynamoDb } from '../services/dynamodb.ts';
import { GlobalTableProperties, TableProperties } from '../services/dynamodb.ts';
import { QueueProperties, type Sqs } from '../services/sqs.ts';

export async function deployTables(graph: Graph, dynamodb: DynamoDb): Promise<void> {
  for (const properties of [TableProperties, GlobalTableProperties]) {
    for (const resource of graph.ofType(properties.type)) {
      const table = properties.parse(resource.where, graph.properties(resource));
      await dynamodb.ensureTable(graph.ref(resource), table);
    }
  }
}

export function deployQueues(graph: Graph, sqs: Sqs): void {
  for (const resource of graph.ofType(QueueProperties.type)) {
    const properties = QueueProperties.parse(resource.where, graph.properties(resource));
    sqs.ensureQueue(nameIn(graph.getAtt(resource, 'Arn')), properties);
  }
}
