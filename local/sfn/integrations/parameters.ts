import { isObject, type Json } from '../json.ts';
import type { Resource } from '../resource.ts';

/** The parameters a service's own integration cannot do without. */
const required: Readonly<Record<string, readonly string[]>> = {
  'lambda:invoke': ['FunctionName'],
  'sqs:sendMessage': ['MessageBody', 'QueueUrl'],
  'sns:publish': ['Message'],
  'events:putEvents': ['Entries'],
  'dynamodb:getItem': ['Key', 'TableName'],
  'dynamodb:putItem': ['Item', 'TableName'],
  'dynamodb:updateItem': ['Key', 'TableName'],
  'dynamodb:deleteItem': ['Key', 'TableName'],
  'states:startExecution': ['StateMachineArn'],
};

/**
 * The required parameters that are not there.
 * @param input the parameters themselves, or the template they will be made from
 */
export function missingParameters(resource: Resource, input: Json | undefined): readonly string[] {
  if (resource.direct) return [];
  const needed = required[`${resource.type}:${resource.action}`] ?? [];
  const given = isObject(input) ? Object.keys(input).map((key) => key.replace(/\.\$$/, '')) : [];
  return needed.filter((name) => !given.includes(name));
}
