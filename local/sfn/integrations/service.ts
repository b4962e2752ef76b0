import { ErrorName, StateError } from '../errors.ts';
import { isArray, isObject, type Json, textOf, toJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { Call, CallOptions, Integrations } from './integrations.ts';
import { type Exchange, withMetadata } from './metadata.ts';
import { toSdk, toWire } from './sdk-names.ts';
import { named, sdkError } from './thrown.ts';

export function callOf(integrations: Integrations, resource: Resource): Call | undefined {
  const key = `${resource.type}:${resource.action}`;
  return (
    integrations.call?.[key] ??
    integrations.call?.[key.replace(/^aws-sdk:/, '')] ??
    integrations.connect?.(serviceOf(resource), resource.action)
  );
}

function serviceOf(resource: Resource): string {
  return resource.type.replace(/^aws-sdk:/, '');
}

/** Every service but Lambda and Step Functions itself: the connected call, its input and answer shaped as AWS does. */
export async function callService(
  integrations: Integrations,
  resource: Resource,
  input: Json,
  options: CallOptions,
  exchange: Exchange,
): Promise<Json> {
  const call = callOf(integrations, resource);
  if (call === undefined)
    throw new StateError(ErrorName.runtime, `Nothing is connected for ${resource.arn}`);
  const sdk = resource.type.startsWith('aws-sdk:');
  let answer: Json;
  try {
    const parameters = sdk ? toWire(serviceOf(resource), input) : shaped(resource, input, options);
    answer = toJson(await call(parameters, options));
  } catch (thrown) {
    throw (sdk ? sdkError : named)(thrown, serviceOf(resource), exchange.requestId);
  }
  if (sdk) return toSdk(serviceOf(resource), answer);
  if (!isObject(answer)) return answer;
  const whole = withMetadata(answer, exchange, resource.type);
  const failures = answer['FailedEntryCount'];
  if (resource.type === 'events' && typeof failures === 'number' && failures > 0)
    throw new StateError('EventBridge.FailedEntry', textOf(whole));
  return whole;
}

function shaped(resource: Resource, input: Json, options: CallOptions): Json {
  if (!isObject(input)) return input;
  if (resource.type === 'sqs' && resource.action === 'sendMessage')
    return { ...input, MessageBody: asText(input['MessageBody']) };
  if (resource.type === 'sns' && resource.action === 'publish')
    return { ...input, Message: asText(input['Message']) };
  if (resource.type === 'events' && isArray(input['Entries']))
    return { ...input, Entries: input['Entries'].map((entry) => eventEntry(entry, options)) };
  return input;
}

function asText(value: Json | undefined): Json {
  return value === undefined || typeof value === 'string' ? (value ?? null) : textOf(value);
}

/** An event sent by an execution names the execution and its machine among its resources. */
function eventEntry(entry: Json, options: CallOptions): Json {
  if (!isObject(entry)) return entry;
  const given = entry['Resources'];
  return {
    ...entry,
    Detail: asText(entry['Detail']),
    Resources: [...(isArray(given) ? given : []), options.stateMachineArn, options.executionArn],
  };
}
