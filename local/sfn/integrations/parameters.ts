import { isObject, type Json } from '../json.ts';
import type { Resource } from '../resource.ts';

interface Accepted {
  /** The parameters a service's own integration cannot do without. */
  readonly required: readonly string[];
  /** The others it takes. */
  readonly optional: readonly string[];
}

const written = [
  'ConditionalOperator',
  'ConditionExpression',
  'Expected',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'ReturnConsumedCapacity',
  'ReturnItemCollectionMetrics',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
];

const accepted: Readonly<Record<string, Accepted>> = {
  'lambda:invoke': {
    required: ['FunctionName'],
    optional: ['ClientContext', 'InvocationType', 'LogType', 'Payload', 'Qualifier'],
  },
  'sqs:sendMessage': {
    required: ['MessageBody', 'QueueUrl'],
    optional: ['DelaySeconds', 'MessageAttributes', 'MessageDeduplicationId', 'MessageGroupId'],
  },
  'sns:publish': {
    required: ['Message'],
    optional: [
      'MessageAttributes',
      'MessageDeduplicationId',
      'MessageGroupId',
      'MessageStructure',
      'PhoneNumber',
      'Subject',
      'TargetArn',
      'TopicArn',
    ],
  },
  'events:putEvents': { required: ['Entries'], optional: ['EndpointId'] },
  'dynamodb:getItem': {
    required: ['Key', 'TableName'],
    optional: [
      'AttributesToGet',
      'ConsistentRead',
      'ExpressionAttributeNames',
      'ProjectionExpression',
      'ReturnConsumedCapacity',
    ],
  },
  'dynamodb:putItem': { required: ['Item', 'TableName'], optional: written },
  'dynamodb:updateItem': {
    required: ['Key', 'TableName'],
    optional: [...written, 'AttributeUpdates', 'UpdateExpression'],
  },
  'dynamodb:deleteItem': { required: ['Key', 'TableName'], optional: written },
  'states:startExecution': {
    required: ['StateMachineArn'],
    optional: ['Input', 'Name', 'TraceHeader'],
  },
};

const none: readonly string[] = [];

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
  const needed = accepted[`${resource.type}:${resource.action}`]?.required ?? none;
  const given = isObject(input) ? Object.keys(input).map((key) => key.replace(/\.\$$/, '')) : [];
  return needed.filter((name) => !given.includes(name));
}

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
    ...unsupported(resource, Object.keys(input)).map(
      (name) => `The field "${name}" is not supported by Step Functions`,
    ),
    ...names.filter(wrong).map((name) => `The value for the field '${name}' must be a STRING`),
  ];
}

/** SDK calls may take anything, but none of their parameters begins with a small letter. */
function unsupported(resource: Resource, names: readonly string[]): readonly string[] {
  if (resource.type.startsWith('aws-sdk:')) return names.filter((name) => /^[a-z]/.test(name));
  const known = accepted[`${resource.type}:${resource.action}`];
  if (known === undefined) return none;
  return names.filter((name) => !known.required.includes(name) && !known.optional.includes(name));
}
