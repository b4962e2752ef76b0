import { StateError } from '../errors.ts';
import { isObject, type Json, textOf, toJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { Integrations, LambdaAnswer } from './integrations.ts';
import { named } from './thrown.ts';

/**
 * `lambda:invoke` and a function's own ARN. A function error becomes the task's error: its name is the payload's
 * errorType, its cause the payload as text.
 */
export async function invokeLambda(
  integrations: Integrations,
  resource: Resource,
  input: Json,
  signal: AbortSignal,
  requestId: string,
): Promise<Json> {
  if (integrations.invokeLambda === undefined)
    throw new StateError('States.Runtime', `No Lambda is connected for ${resource.arn}`);
  const target = resource.direct ? { name: resource.arn, payload: input } : request(input);
  let answer: LambdaAnswer;
  try {
    answer = await integrations.invokeLambda(target.name, target.payload, signal);
  } catch (thrown) {
    throw named(thrown, 'Lambda');
  }
  const payload = toJson(answer.payload);
  if (answer.functionError !== undefined) throw functionError(payload);
  if (resource.direct) return payload;
  const length = String(Buffer.byteLength(textOf(payload)));
  const version = answer.executedVersion ?? '$LATEST';
  return {
    ExecutedVersion: version,
    Payload: payload,
    SdkHttpMetadata: {
      AllHttpHeaders: {
        'X-Amz-Executed-Version': [version],
        'x-amzn-Remapped-Content-Length': ['0'],
        Connection: ['keep-alive'],
        'x-amzn-RequestId': [requestId],
        'Content-Length': [length],
        'Content-Type': ['application/json'],
      },
      HttpHeaders: {
        Connection: 'keep-alive',
        'Content-Length': length,
        'Content-Type': 'application/json',
        'X-Amz-Executed-Version': version,
        'x-amzn-Remapped-Content-Length': '0',
        'x-amzn-RequestId': requestId,
      },
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  };
}

function request(input: Json): { name: string; payload: Json } {
  const name = isObject(input) ? input['FunctionName'] : undefined;
  if (!isObject(input) || typeof name !== 'string')
    throw new StateError('States.Runtime', "The field 'FunctionName' is required but was missing");
  const qualifier = input['Qualifier'];
  return {
    name: typeof qualifier === 'string' ? `${name}:${qualifier}` : name,
    payload: input['Payload'] ?? {},
  };
}

function functionError(payload: Json): StateError {
  const type = isObject(payload) ? payload['errorType'] : undefined;
  if (typeof type === 'string') return new StateError(type, textOf(payload));
  return new StateError(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${textOf(payload)}`,
  );
}
