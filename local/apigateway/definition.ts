import * as z from 'zod';
import { Unsupported } from '../assembly/errors.ts';
import type { Graph, Resource } from '../assembly/graph.ts';
import { parse } from './parse.ts';
import { readUsageKeys, type UsageKey } from './usage.ts';

/** A REST API as its front serves it, read from the template. */
export interface RestApi {
  readonly id: string;
  /** `arn:aws:execute-api:<region>:<account>:<id>`. */
  readonly arn: string;
  readonly name: string;
  readonly where: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  /** Whether the client sends the key that requests are counted under, or the authorizer answers it. */
  readonly apiKeySource: 'HEADER' | 'AUTHORIZER';
  readonly usageKeys: readonly UsageKey[];
  readonly responses: ReadonlyMap<string, GatewayResponse>;
  readonly binaryMediaTypes: readonly string[];
}

export interface Route {
  /** `GET`, or `ANY`. */
  readonly method: string;
  /** `/orders/{id}`. */
  readonly path: string;
  readonly integration: LambdaIntegration | MockIntegration;
  readonly authorizer?: Authorizer;
  readonly apiKeyRequired: boolean;
  readonly validator?: Validator;
}

export interface LambdaIntegration {
  readonly kind: 'lambda';
  readonly functionArn: string;
  readonly timeoutMs: number;
}

export interface MockIntegration {
  readonly kind: 'mock';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Authorizer {
  readonly id: string;
  readonly type: 'REQUEST' | 'TOKEN';
  readonly functionArn: string;
  /** `method.request.header.Authorization`, `method.request.querystring.key`, `context.path`... */
  readonly identitySources: readonly string[];
  readonly ttlSeconds: number;
}

export interface Validator {
  readonly body: boolean;
  readonly parameters: boolean;
  /** Content type → JSON Schema (draft 4). */
  readonly models: ReadonlyMap<string, unknown>;
  /** Required `method.request.<place>.<name>` parameters. */
  readonly required: readonly string[];
}

export interface GatewayResponse {
  readonly status: number | undefined;
  /** Values may hold `$context.<variable>`, as the template may. */
  readonly headers: Readonly<Record<string, string>>;
  readonly template: string | undefined;
}

const Texts = z.record(z.string(), z.string());

const RestApiProperties = z.looseObject({
  Name: z.string().optional(),
  ApiKeySourceType: z.enum(['HEADER', 'AUTHORIZER']).default('HEADER'),
  BinaryMediaTypes: z.array(z.string()).default([]),
  Body: z.undefined().optional(),
  BodyS3Location: z.undefined().optional(),
});
const ResourceProperties = z.looseObject({
  RestApiId: z.string(),
  ParentId: z.string(),
  PathPart: z.string(),
});
const Integration = z.strictObject({
  Type: z.string(),
  Uri: z.string().optional(),
  IntegrationHttpMethod: z.string().optional(),
  TimeoutInMillis: z.number().optional(),
  RequestTemplates: Texts.optional(),
  PassthroughBehavior: z.string().optional(),
  ContentHandling: z.string().optional(),
  CacheKeyParameters: z.array(z.string()).optional(),
  CacheNamespace: z.string().optional(),
  Credentials: z.string().optional(),
  IntegrationResponses: z
    .array(
      z.strictObject({
        StatusCode: z.string(),
        SelectionPattern: z.string().optional(),
        ResponseParameters: Texts.default({}),
        ResponseTemplates: Texts.default({}),
      }),
    )
    .default([]),
});
const MethodProperties = z.strictObject({
  RestApiId: z.string(),
  ResourceId: z.string(),
  HttpMethod: z.string(),
  AuthorizationType: z.string().default('NONE'),
  AuthorizerId: z.string().optional(),
  AuthorizationScopes: z.array(z.string()).optional(),
  ApiKeyRequired: z.boolean().default(false),
  OperationName: z.string().optional(),
  RequestValidatorId: z.string().optional(),
  RequestModels: Texts.default({}),
  RequestParameters: z.record(z.string(), z.unknown()).default({}),
  MethodResponses: z.array(z.unknown()).default([]),
  Integration,
});
const AuthorizerProperties = z.looseObject({
  RestApiId: z.string(),
  Type: z.string(),
  AuthorizerUri: z.string(),
  IdentitySource: z.string().optional(),
  IdentityValidationExpression: z.undefined().optional(),
  AuthorizerResultTtlInSeconds: z.number().default(300),
});
const ValidatorProperties = z.looseObject({
  ValidateRequestBody: z.boolean().default(false),
  ValidateRequestParameters: z.boolean().default(false),
});
const ModelProperties = z.looseObject({ RestApiId: z.string(), Schema: z.unknown().optional() });
const GatewayResponseProperties = z.looseObject({
  RestApiId: z.string(),
  ResponseType: z.string(),
  StatusCode: z.string().optional(),
  ResponseParameters: Texts.default({}),
  ResponseTemplates: Texts.default({}),
});
const StageProperties = z.looseObject({
  RestApiId: z.string(),
  StageName: z.string(),
  Variables: Texts.default({}),
});

/** API Gateway gives an integration at most 29 seconds unless the account's limit was raised. */
const longestIntegrationMs = 29_000;

/** @throws Unsupported for an integration, authorisation or template the front cannot serve, by name */
export function readRestApis(graph: Graph): readonly RestApi[] {
  return graph.ofType('AWS::ApiGateway::RestApi').map((api) => readRestApi(graph, api));
}

function readRestApi(graph: Graph, api: Resource): RestApi {
  const id = graph.ref(api);
  const properties = parse(RestApiProperties, graph, api);
  const of = <T extends { readonly RestApiId: string }>(
    type: string,
    schema: z.ZodType<T>,
  ): readonly (readonly [Resource, T])[] =>
    graph
      .ofType(type)
      .map((resource) => [resource, parse(schema, graph, resource)] as const)
      .filter(([, one]) => one.RestApiId === id);

  const paths = new Map([[graph.getAtt(api, 'RootResourceId'), '']]);
  const waiting = new Map(
    of('AWS::ApiGateway::Resource', ResourceProperties).map(([resource, one]) => [
      graph.ref(resource),
      one,
    ]),
  );
  for (let before = -1; before !== waiting.size; ) {
    before = waiting.size;
    for (const [resourceId, one] of waiting) {
      const parent = paths.get(one.ParentId);
      if (parent === undefined) continue;
      paths.set(resourceId, `${parent}/${one.PathPart}`);
      waiting.delete(resourceId);
    }
  }

  const authorizers = new Map(
    of('AWS::ApiGateway::Authorizer', AuthorizerProperties).map(([resource, one]) => [
      graph.ref(resource),
      authorizer(resource, graph.ref(resource), one),
    ]),
  );
  const validators = new Map(
    graph
      .ofType('AWS::ApiGateway::RequestValidator')
      .map((one) => [graph.ref(one), parse(ValidatorProperties, graph, one)]),
  );
  const models = new Map(
    of('AWS::ApiGateway::Model', ModelProperties).map(([resource, one]) => [
      graph.ref(resource),
      one.Schema,
    ]),
  );

  const routes = of('AWS::ApiGateway::Method', MethodProperties).map(
    ([resource, method]): Route => {
      const path = paths.get(method.ResourceId);
      if (path === undefined) throw new Unsupported(`${resource.where}: its path is not known`);
      const required = Object.entries(method.RequestParameters)
        .filter(([, needed]) => needed === true || needed === 'true')
        .map(([name]) => name);
      const validator =
        method.RequestValidatorId === undefined
          ? undefined
          : validators.get(method.RequestValidatorId);
      return {
        method: method.HttpMethod,
        path: path === '' ? '/' : path,
        integration: integration(resource, method.Integration),
        apiKeyRequired: method.ApiKeyRequired,
        ...authorization(resource, method, authorizers),
        ...(validator === undefined
          ? {}
          : {
              validator: {
                body: validator.ValidateRequestBody,
                parameters: validator.ValidateRequestParameters,
                models: new Map(
                  Object.entries(method.RequestModels).map(([type, name]) => [
                    type,
                    name === 'Empty' ? {} : models.get(name),
                  ]),
                ),
                required,
              },
            }),
      };
    },
  );

  const stage = of('AWS::ApiGateway::Stage', StageProperties)[0]?.[1];
  const stageName = stage?.StageName ?? 'local';
  return {
    id,
    arn: `arn:aws:execute-api:${api.stack.region}:${api.stack.account}:${id}`,
    name: properties.Name ?? api.logicalId,
    where: api.where,
    stage: stageName,
    stageVariables: stage?.Variables ?? {},
    routes,
    apiKeySource: properties.ApiKeySourceType,
    usageKeys: readUsageKeys(graph, id, stageName),
    responses: new Map(
      of('AWS::ApiGateway::GatewayResponse', GatewayResponseProperties).map(([resource, one]) => [
        one.ResponseType,
        gatewayResponse(resource, one),
      ]),
    ),
    binaryMediaTypes: properties.BinaryMediaTypes,
  };
}

function authorizer(
  resource: Resource,
  id: string,
  one: z.infer<typeof AuthorizerProperties>,
): Authorizer {
  if (one.Type !== 'REQUEST' && one.Type !== 'TOKEN') {
    throw new Unsupported(`${resource.where}: authorizer type ${one.Type} is not emulated`);
  }
  return {
    id,
    type: one.Type,
    functionArn: functionIn(resource, one.AuthorizerUri),
    identitySources: (one.IdentitySource ?? '')
      .split(',')
      .map((source) => source.trim())
      .filter((source) => source !== ''),
    ttlSeconds: one.AuthorizerResultTtlInSeconds,
  };
}

function authorization(
  resource: Resource,
  method: z.infer<typeof MethodProperties>,
  authorizers: ReadonlyMap<string, Authorizer>,
): { readonly authorizer?: Authorizer } {
  if (method.AuthorizationType === 'NONE') return {};
  const found = authorizers.get(method.AuthorizerId ?? '');
  if (method.AuthorizationType !== 'CUSTOM' || found === undefined) {
    throw new Unsupported(
      `${resource.where}: authorization ${method.AuthorizationType} is not emulated`,
    );
  }
  return { authorizer: found };
}

function integration(
  resource: Resource,
  one: z.infer<typeof Integration>,
): LambdaIntegration | MockIntegration {
  if (one.Type === 'AWS_PROXY' && one.Uri !== undefined) {
    return {
      kind: 'lambda',
      functionArn: functionIn(resource, one.Uri),
      timeoutMs: Math.min(one.TimeoutInMillis ?? longestIntegrationMs, longestIntegrationMs),
    };
  }
  if (one.Type !== 'MOCK') {
    throw new Unsupported(`${resource.where}: integration ${one.Type} is not emulated`);
  }
  const request = one.RequestTemplates?.['application/json'] ?? '{"statusCode": 200}';
  const chosen = /^\s*\{\s*"?statusCode"?\s*:\s*"?(\d{3})"?\s*\}\s*$/.exec(request)?.[1];
  if (chosen === undefined) {
    throw new Unsupported(`${resource.where}: request template ${request} is not emulated`);
  }
  const response =
    one.IntegrationResponses.find(
      (candidate) =>
        candidate.SelectionPattern !== undefined &&
        new RegExp(`^(?:${candidate.SelectionPattern})$`).test(chosen),
    ) ?? one.IntegrationResponses.find((candidate) => candidate.SelectionPattern === undefined);
  const body = response?.ResponseTemplates['application/json'] ?? '';
  if (/[$#]/.test(body)) {
    throw new Unsupported(`${resource.where}: response template ${body} needs VTL`);
  }
  return {
    kind: 'mock',
    status: Number(response?.StatusCode ?? chosen),
    headers: literals(resource, 'method.response.header.', response?.ResponseParameters ?? {}),
    body,
  };
}

function gatewayResponse(
  resource: Resource,
  one: z.infer<typeof GatewayResponseProperties>,
): GatewayResponse {
  return {
    status: one.StatusCode === undefined ? undefined : Number(one.StatusCode),
    headers: gatewayHeaders(resource, one.ResponseParameters),
    template: one.ResponseTemplates['application/json'],
  };
}

/** Quoted texts, or `context.<variable>`, which becomes `$context.<variable>` for the renderer. */
function gatewayHeaders(
  resource: Resource,
  parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const quoted = Object.entries(parameters).map(([name, value]): [string, string] => [
    name,
    value.startsWith('context.') ? `'$${value}'` : value,
  ]);
  return literals(resource, 'gatewayresponse.header.', Object.fromEntries(quoted));
}

/** Response parameters whose values are quoted texts; a mapping from the request is refused. */
function literals(
  resource: Resource,
  prefix: string,
  parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const literal = /^'(.*)'$/s.exec(value)?.[1];
      if (literal === undefined || !name.startsWith(prefix)) {
        throw new Unsupported(`${resource.where}: parameter ${name}: ${value} is not emulated`);
      }
      return [name.slice(prefix.length), literal];
    }),
  );
}

function functionIn(resource: Resource, uri: string): string {
  const found = /:lambda:path\/[^/]+\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (found === undefined) throw new Unsupported(`${resource.where}: ${uri} names no function`);
  return found;
}
