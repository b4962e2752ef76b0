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

/** Parameters that must be text; of these, `rendered` ones may also be JSON, which is sent as text. */
const texts: Readonly<Record<string, readonly string[]>> = {
  'lambda:invoke': ['FunctionName', 'Qualifier', 'InvocationType'],
  'sqs:sendMessage': ['QueueUrl', 'MessageGroupId', 'MessageDeduplicationId'],
  'states:startExecution': ['StateMachineArn', 'Name'],
  'dynamodb:getItem': ['TableName'],
  'dynamodb:putItem': ['TableName'],
  'dynamodb:updateItem': ['TableName'],
  'dynamodb:deleteItem': ['TableName'],
};
const rendered: Readonly<Record<string, string>> = {
  'lambda:invoke': 'Payload',
  'sqs:sendMessage': 'MessageBody',
  'states:startExecution': 'Input',
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

const none: readonly string[] = [];

/** What is wrong with parameters a task is about to be started with, in AWS's words. */
export function parameterFaults(resource: Resource, input: Json): readonly string[] {
  if (resource.direct) return none;
  const faults = missingParameters(resource, input).map(
    (name) => `The field '${name}' is required but was missing`,
  );
  if (!isObject(input)) return faults;
  const key = `${resource.type}:${resource.action}`;
  const wrong = (name: string) => {
    const value = input[name];
    if (value === undefined || typeof value === 'string') return false;
    return name !== rendered[key] || typeof value !== 'object';
  };
  const names = [...(texts[key] ?? []), rendered[key] ?? ''];
  return [
    ...faults,
    ...names.filter(wrong).map((name) => `The value for the field '${name}' must be a STRING`),
  ];
}
