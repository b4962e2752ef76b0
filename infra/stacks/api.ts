import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  type MethodOptions,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { addGatewayProblems } from '../constructs/gateway-problems.ts';
import { KassaFunction, type Surroundings } from '../constructs/kassa-function.ts';
import { logRetention } from '../constructs/parts.ts';
import { type FunctionName, ladder } from '../functions.ts';
import { routes } from '../routes.ts';
import type { IdentityStack } from './identity.ts';

interface ApiProps extends Surroundings {
  readonly identity: IdentityStack;
}

/** The REST API: routes, authorizer, throttling, access logs, and errors as problem details (RFC 9457). */
export class ApiStack extends Stack {
  readonly api: RestApi;
  readonly functions: readonly KassaFunction[];

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, { description: 'Kassa: REST API' });
    const { stage, identity } = props;
    const authorizerFunction = new KassaFunction(this, 'authorizer', {
      ...props,
      environment: {
        JWT_ISSUER: identity.pool.userPoolProviderUrl,
        JWT_CLIENT_ID: identity.client.userPoolClientId,
      },
    });
    const handlers = new Map<FunctionName, KassaFunction>(
      [...new Set(routes.map((route) => route.handler))].map((name) => [
        name,
        new KassaFunction(this, name, props),
      ]),
    );
    this.functions = [authorizerFunction, ...handlers.values()];

    const accessLogs = new LogGroup(this, 'access-logs', {
      logGroupName: `/kassa/${stage.name}/api-access`,
      retention: logRetention(stage),
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.api = new RestApi(this, 'api', {
      restApiName: `kassa-${stage.name}`,
      description: 'Kassa',
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      deployOptions: {
        stageName: 'v1',
        throttlingRateLimit: stage.throttle.rate,
        throttlingBurstLimit: stage.throttle.burst,
        metricsEnabled: true,
        tracingEnabled: true,
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat: AccessLogFormat.custom(
          JSON.stringify({
            requestId: AccessLogField.contextRequestId(),
            time: AccessLogField.contextRequestTimeEpoch(),
            method: AccessLogField.contextHttpMethod(),
            path: AccessLogField.contextResourcePath(),
            status: AccessLogField.contextStatus(),
            subject: AccessLogField.contextAuthorizer('sub'),
            latency: AccessLogField.contextResponseLatency(),
            error: AccessLogField.contextErrorResponseType(),
          }),
        ),
      },
    });

    const authorizer = new RequestAuthorizer(this, 'token-authorizer', {
      handler: authorizerFunction,
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.minutes(5),
    });
    const protectedBy: MethodOptions = {
      authorizer,
      authorizationType: AuthorizationType.CUSTOM,
    };
    const open: MethodOptions = { authorizationType: AuthorizationType.NONE };
    for (const route of routes) {
      const lambda = handlers.get(route.handler);
      if (lambda === undefined) throw new Error(`${route.path} has no function`);
      this.api.root.resourceForPath(route.path).addMethod(
        route.method,
        new LambdaIntegration(lambda, {
          allowTestInvoke: false,
          timeout: Duration.seconds(ladder.api),
        }),
        route.access === 'token' ? protectedBy : open,
      );
    }
    this.health(open);
    addGatewayProblems(this.api);
  }

  private health(open: MethodOptions): void {
    this.api.root.addResource('health').addMethod(
      'GET',
      new MockIntegration({
        passthroughBehavior: PassthroughBehavior.NEVER,
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        integrationResponses: [
          { statusCode: '200', responseTemplates: { 'application/json': '{"status":"ok"}' } },
        ],
      }),
      { ...open, methodResponses: [{ statusCode: '200' }] },
    );
  }
}
