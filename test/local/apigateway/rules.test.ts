import { describe, expect, test } from 'vitest';
import type { Route } from '../../../local/apigateway/definition.ts';
import { AuthorizerAnswer, decide } from '../../../local/apigateway/policy.ts';
import { gatewayError } from '../../../local/apigateway/responses.ts';
import { Router } from '../../../local/apigateway/router.ts';

const route = (method: string, path: string): Route => ({
  method,
  path,
  apiKeyRequired: false,
  integration: { kind: 'mock', status: 200, headers: {}, body: '' },
});

describe('routes', () => {
  const router = new Router([
    route('GET', '/'),
    route('GET', '/orders'),
    route('ANY', '/orders/{orderId}'),
    route('POST', '/orders/{orderId}'),
    route('GET', '/orders/mine'),
    route('GET', '/files/{path+}'),
  ]);
  test.each([
    ['GET', '/', 'GET /', {}],
    ['GET', '/orders', 'GET /orders', {}],
    ['GET', '/orders/mine', 'GET /orders/mine', {}],
    ['GET', '/orders/7', 'ANY /orders/{orderId}', { orderId: '7' }],
    ['POST', '/orders/7', 'POST /orders/{orderId}', { orderId: '7' }],
    // A literal without the method is no dead end: the variable has it.
    ['POST', '/orders/mine', 'POST /orders/{orderId}', { orderId: 'mine' }],
    ['GET', '/orders/a%2Fb%20c', 'ANY /orders/{orderId}', { orderId: 'a/b c' }],
    ['GET', '/files/a/b.txt', 'GET /files/{path+}', { path: 'a/b.txt' }],
  ])('%s %s finds %s', (method, path, found, parameters) => {
    const match = router.find(method, path);
    expect(match && `${match.route.method} ${match.route.path}`).toBe(found);
    expect(match?.parameters).toEqual(parameters);
  });

  test.each([
    ['POST', '/orders'],
    ['GET', '/orders/7/lines'],
    ['GET', '/files'],
    ['GET', '/elsewhere'],
  ])('%s %s finds nothing', (method, path) => {
    expect(router.find(method, path)).toBeUndefined();
  });
});

describe('an authorizer’s policy', () => {
  const arn = 'arn:aws:execute-api:eu-central-1:000000000000:abc/v1/GET/orders/7';
  const answer = (...statements: [effect: string, resource: string][]): AuthorizerAnswer =>
    AuthorizerAnswer.parse({
      principalId: 'ada',
      policyDocument: {
        Version: '2012-10-17',
        Statement: statements.map(([Effect, Resource]) => ({
          Effect,
          Resource,
          Action: 'execute-api:Invoke',
        })),
      },
    });
  const all = 'arn:aws:execute-api:*:*:abc/*';
  test.each([
    ['an allow that matches', answer(['Allow', all]), 'allow'],
    ['an allow of another path', answer(['Allow', arn.replace('/7', '/8')]), 'silent'],
    ['a question mark for one character', answer(['Allow', arn.replace('7', '?')]), 'allow'],
    ['a dot is no wildcard', answer(['Allow', arn.replace('7', '.')]), 'silent'],
    ['a deny beside an allow', answer(['Allow', all], ['Deny', arn]), 'deny'],
    ['a deny of something else', answer(['Allow', all], ['Deny', `${arn}/lines`]), 'allow'],
    ['no statement', answer(), 'silent'],
  ])('%s', (_, given, decision) => {
    expect(decide(given, arn)).toBe(decision);
  });
});

describe('the gateway’s own answers', () => {
  const context = { requestId: 'r-1' };
  test('follow the response of their type, with variables filled in', () => {
    const responses = new Map([
      [
        'UNAUTHORIZED',
        {
          status: 401,
          headers: { 'Content-Type': 'application/problem+json', 'x-id': '$context.requestId' },
          template: '{"m":$context.error.messageString,"id":"urn:$context.requestId"}',
        },
      ],
    ]);
    expect(gatewayError('UNAUTHORIZED', responses, context)).toEqual({
      status: 401,
      headers: {
        'content-type': 'application/problem+json',
        'x-amzn-errortype': 'UNAUTHORIZED',
        'x-id': 'r-1',
      },
      body: '{"m":"Unauthorized","id":"urn:r-1"}',
    });
  });

  test('fall back to the default of their class and keep their status', () => {
    const responses = new Map([
      ['DEFAULT_4XX', { status: undefined, headers: {}, template: '{"four":true}' }],
      ['DEFAULT_5XX', { status: 500, headers: {}, template: '{"five":true}' }],
    ]);
    expect(gatewayError('REQUEST_TOO_LARGE', responses, context)).toMatchObject({
      status: 413,
      body: '{"four":true}',
    });
    expect(gatewayError('INTEGRATION_TIMEOUT', responses, context)).toMatchObject({
      status: 500,
      body: '{"five":true}',
    });
  });
});
