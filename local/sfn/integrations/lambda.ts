import { StateError } from '../errors.ts';
import { isObject, type Json, parseKept, textOf, toJson } from '../json.ts';
import type { Resource } from '../resource.ts';
import type { CallOptions, Integrations, InvocationType, LambdaAnswer } from './integrations.ts';
import { type Exchange, type Headers, sdkMetadata } from './metadata.ts';
import type { Pending } from './pending.ts';
import { named, sdkError, unknownError } from './thrown.ts';

interface Request {
  readonly name: string;
  readonly payload: Json;
  readonly type: InvocationType;
}

/** A function that was called: its answer, and what to make of it. */
export class Invocation implements Pending<LambdaAnswer> {
  readonly answer: Promise<LambdaAnswer>;
  private readonly resource: Resource;
  private readonly type: InvocationType;
  private readonly exchange: Exchange;

  /** @throws StateError where the function cannot be called at all */
  constructor(
    integrations: Integrations,
    resource: Resource,
    input: Json,
    options: CallOptions,
    exchange: Exchange,
  ) {
    if (integrations.invokeLambda === undefined)
      throw new StateError('States.Runtime', `No Lambda is connected for ${resource.arn}`);
    this.resource = resource;
    this.exchange = exchange;
    const { name, payload, type } = resource.direct
      ? { name: resource.arn, payload: input, type: 'RequestResponse' as const }
      : requestIn(input);
    this.type = type;
    this.answer = integrations.invokeLambda(name, payload, options, type);
  }

  /**
   * `lambda:invoke` and a function's own ARN: a function error becomes the task's error, its name is the payload's
   * errorType, its cause the payload as text. `aws-sdk:lambda:invoke`: the answer's payload as text, and a function's
   * error is no error of the task.
   * @throws StateError
   */
  read(answer: LambdaAnswer): Json {
    const { resource, type, exchange } = this;
    return isSdk(resource) ? sdkResult(type, answer) : resultOf(resource, type, answer, exchange);
  }

  refusal(thrown: unknown): StateError {
    const told = isSdk(this.resource) ? sdkError : named;
    return told(thrown, 'lambda', this.exchange.requestId);
  }
}

function isSdk(resource: Resource): boolean {
  return resource.type === 'aws-sdk:lambda';
}

/** @throws StateError the function's own error */
function resultOf(
  resource: Resource,
  type: InvocationType,
  answer: LambdaAnswer,
  exchange: Exchange,
): Json {
  if (type !== 'RequestResponse') return accepted(type, exchange);
  const payload = answer.text === undefined ? toJson(answer.payload) : parseKept(answer.text);
  if (answer.functionError !== undefined) throw functionError(payload);
  if (resource.direct) return payload;
  const version = answer.executedVersion ?? '$LATEST';
  const length = Buffer.byteLength(textOf(payload));
  return {
    ExecutedVersion: version,
    Payload: payload,
    ...sdkMetadata(exchange, {
      ...headers(exchange, length),
      'X-Amz-Executed-Version': version,
      'Content-Type': 'application/json',
    }),
    StatusCode: 200,
  };
}

function sdkResult(type: InvocationType, answer: LambdaAnswer): Json {
  if (type !== 'RequestResponse') return { Payload: '', StatusCode: 202 };
  return {
    ExecutedVersion: answer.executedVersion ?? '$LATEST',
    ...(answer.functionError === undefined ? {} : { FunctionError: answer.functionError }),
    Payload: textOf(toJson(answer.payload)),
    StatusCode: 200,
  };
}

/** What an invocation gives that nobody waits for. */
function accepted(type: InvocationType, exchange: Exchange): Json {
  const status = type === 'Event' ? 202 : 204;
  return {
    Payload: '',
    ...sdkMetadata(exchange, headers(exchange, 0), status),
    StatusCode: status,
  };
}

function headers({ requestId, at }: Exchange, length: number): Headers {
  const trace = requestId.replaceAll('-', '').padEnd(32, '0');
  return {
    Connection: 'keep-alive',
    'Content-Length': String(length),
    'x-amzn-Remapped-Content-Length': '0',
    'X-Amzn-Trace-Id': `Root=1-${Math.floor(at / 1000).toString(16)}-${trace.slice(0, 24)};Parent=${trace.slice(-16)};Sampled=0;Lineage=1:${trace.slice(0, 8)}:0`,
  };
}

function requestIn(input: Json): Request {
  const name = isObject(input) ? input['FunctionName'] : undefined;
  if (!isObject(input) || typeof name !== 'string')
    throw new StateError('States.Runtime', "The field 'FunctionName' is required but was missing");
  const qualifier = input['Qualifier'];
  const type = input['InvocationType'];
  return {
    name: typeof qualifier === 'string' ? `${name}:${qualifier}` : name,
    payload: input['Payload'] ?? {},
    type: type === 'Event' || type === 'DryRun' ? type : 'RequestResponse',
  };
}

function functionError(payload: Json): StateError {
  const type = isObject(payload) ? payload['errorType'] : undefined;
  if (typeof type === 'string') return new StateError(type, textOf(payload));
  return unknownError(textOf(payload));
}
