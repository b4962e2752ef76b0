import { createDocumentClient } from '../../adapters/dynamodb/client.ts';
import { createTimelineStore } from '../../adapters/dynamodb/timeline.ts';
import type { TimelineWriter } from '../../domain/orders/timeline.ts';
import { awsClient } from '../shared/aws.ts';
import { environment } from './env.ts';

export interface Dependencies {
  readonly timeline: TimelineWriter;
}

export function dependencies(): Dependencies {
  const env = environment();
  return { timeline: createTimelineStore(createDocumentClient(awsClient), env.TIMELINE_TABLE) };
}
