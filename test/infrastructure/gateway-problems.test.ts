import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RestApi } from 'aws-cdk-lib/aws-apigateway';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { problems } from '../../domain/shared/problems.ts';
import { addGatewayProblems } from '../../infra/constructs/gateway-problems.ts';

const responseSchema = z.object({
  Properties: z.object({
    ResponseType: z.string(),
    StatusCode: z.string().optional(),
    ResponseParameters: z.record(z.string(), z.string()),
    ResponseTemplates: z.object({ 'application/json': z.string() }),
  }),
});
const problemSchema = z.object({
  type: z.string().startsWith('urn:kassa:problem:'),
  title: z.string(),
  status: z.int().optional(),
  detail: z.string(),
  instance: z.literal('urn:kassa:request:$context.requestId'),
});

function gatewayResponses() {
  const stack = new Stack(new App({ analyticsReporting: false }), 'test');
  const api = new RestApi(stack, 'api');
  api.root.addMethod('GET');
  addGatewayProblems(api);
  const found = Template.fromStack(stack).findResources('AWS::ApiGateway::GatewayResponse');
  return z.array(responseSchema).parse(Object.values(found));
}

it('API Gateway’s own refusals are problems of ours, word for word', () => {
  const table = new Map<string, (typeof problems)[keyof typeof problems]>(Object.entries(problems));
  for (const { Properties } of gatewayResponses()) {
    const problem = problemSchema.parse(
      JSON.parse(Properties.ResponseTemplates['application/json']),
    );
    const ours = table.get(problem.type.replace('urn:kassa:problem:', ''));
    expect(problem, Properties.ResponseType).toMatchObject({
      title: ours?.title,
      detail: ours?.detail,
    });
    const status = Properties.ResponseType.startsWith('DEFAULT_') ? undefined : ours?.status;
    expect(problem.status, Properties.ResponseType).toBe(status);
    expect(Properties.StatusCode).toBe(status === undefined ? undefined : String(status));
    expect(Properties.ResponseParameters).toMatchObject({
      'gatewayresponse.header.Content-Type': "'application/problem+json'",
      'gatewayresponse.header.x-correlation-id': 'context.requestId',
    });
  }
});

it('a caller nobody knows, a route there is not, a body too large and a default each have one', () => {
  const codes = gatewayResponses().map(({ Properties }) => [
    Properties.ResponseType,
    problemSchema
      .parse(JSON.parse(Properties.ResponseTemplates['application/json']))
      .type.replace('urn:kassa:problem:', ''),
  ]);
  expect(Object.fromEntries(codes)).toMatchObject({
    UNAUTHORIZED: 'unauthenticated',
    MISSING_AUTHENTICATION_TOKEN: 'route-not-found',
    REQUEST_TOO_LARGE: 'body-too-large',
    THROTTLED: 'throttled',
    DEFAULT_4XX: 'bad-request',
    DEFAULT_5XX: 'internal',
  });
});
