import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  ApiKeySourceType,
  AuthorizationType,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  type MethodOptions,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { subscribedEvents } from '../../domain/payments/webhooks.ts';
import { accept } from '../constructs/accept.ts';
import { KassaAlarm } from '../constructs/alarm.ts';
import { addFirewall } from '../constructs/firewall.ts';
import { addGatewayProblems } from '../constructs/gateway-problems.ts';
import { GradualFunctions } from '../constructs/gradual.ts';
import { asFunction } from '../constructs/interfaces.ts';
import { KassaFunction, type Surroundings } from '../constructs/kassa-function.ts';
import { type EventsParts, logRetention } from '../constructs/parts.ts';
import { type FunctionName, ladder } from '../functions.ts';
import { routes } from '../routes.ts';
import type { Stage } from '../stages.ts';
import type { IdentityStack } from './identity.ts';

interface ApiProps extends Surroundings {
  readonly identity: IdentityStack;
  readonly events: EventsParts;
}

const version = 'v1';
const webhook = '/webhooks/stripe';

const ownAuthorizer =
  "the authorizer checks the same pool's tokens, and gives handlers the groups that API Gateway's own would not";

/** The REST API: routes, authorizer, throttling, access logs, and errors as problem details (RFC 9457). */
export class ApiStack extends Stack {
  readonly api: RestApi;
  readonly functions: readonly KassaFunction[];

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id, { description: 'Kassa: REST API' });
    const { stage, identity, events } = props;
    const authorizerFunction = new KassaFunction(this, 'authorizer', {
      ...props,
      environment: {
        JWT_ISSUER: identity.pool.userPoolProviderUrl,
        JWT_CLIENT_ID: identity.client.userPoolClientId,
        STAGE_NAME: stage.name,
      },
    });
    const handlers = new Map<FunctionName, KassaFunction>(
      [...new Set(routes.map((route) => route.handler))].map((name) => [
        name,
        new KassaFunction(this, name, {
          ...props,
          environment: name === 'operations-api' ? { PLAN_PLACES: String(stage.planPlaces) } : {},
        }),
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
      // What a request is counted under, the authorizer says; clients cannot.
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      // The account has one such role, which a branch finds there.
      cloudWatchRole: stage.clusterOf === undefined,
      deployOptions: {
        stageName: version,
        throttlingRateLimit: stage.throttle.rate,
        throttlingBurstLimit: stage.throttle.burst,
        metricsEnabled: true,
        // Without what was sent: bodies hold addresses.
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
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

    // API Gateway would make it by itself, and keep it for ever.
    const errorLogs = new LogGroup(this, 'error-logs', {
      logGroupName: `API-Gateway-Execution-Logs_${this.api.restApiId}/${version}`,
      retention: logRetention(stage),
      removalPolicy: stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.api.deploymentStage.node.addDependency(errorLogs);
    accept(this.api, {
      APIG2:
        'every handler checks body, parameters and headers against the schemas the OpenAPI description is made of, and answers a problem that names each field; API Gateway would name none',
      ...(stage.clusterOf === undefined
        ? {
            'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
              "API Gateway's own, for the account's one role to write logs",
          }
        : {}),
      ...(stage.firewall
        ? {}
        : { APIG3: 'a branch sells made-up goods, for as long as its pull request is open' }),
    });

    const errors = new KassaAlarm(this, 'api-5xx', stage, events.alarms, {
      metric: this.api.metricServerError({ period: Duration.minutes(1), statistic: 'Sum' }),
      threshold: 5,
      impact: 'Customers get errors',
      runbook: 'api',
    });
    const live = this.#live(handlers.values(), stage, errors);

    const authorizer = new RequestAuthorizer(this, 'token-authorizer', {
      handler: authorizerFunction,
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: Duration.minutes(5),
    });
    const protectedBy: MethodOptions = {
      authorizer,
      authorizationType: AuthorizationType.CUSTOM,
      // Without it no usage plan holds; the authorizer has a key for everybody it lets in.
      apiKeyRequired: true,
    };
    const open: MethodOptions = { authorizationType: AuthorizationType.NONE };
    for (const route of routes) {
      const lambda = live.get(route.handler);
      if (lambda === undefined) throw new Error(`${route.path} has no function`);
      const method = this.api.root.resourceForPath(route.path).addMethod(
        route.method,
        new LambdaIntegration(lambda, {
          allowTestInvoke: false,
          timeout: Duration.seconds(ladder.api),
        }),
        route.access === 'token' ? protectedBy : open,
      );
      accept(
        method,
        route.access === 'token'
          ? { COG4: ownAuthorizer }
          : {
              APIG4:
                'Stripe signs what it sends, and the handler checks the signature before anything else',
              COG4: 'Stripe is no user of ours',
            },
      );
    }
    this.health(open);
    addGatewayProblems(this.api);
    new CfnOutput(this, 'ApiUrl', { value: this.api.url });
    new CfnOutput(this, 'StripeEvents', {
      description: 'Events that the Stripe webhook endpoint subscribes to',
      value: subscribedEvents.join(','),
    });
    if (stage.firewall) {
      addFirewall(this, {
        name: `kassa-${stage.name}`,
        protects: this.api.deploymentStage.stageArn,
        // As the stage's address has it, and as a domain of our own would.
        except: [`/${version}${webhook}`, webhook],
      });
    }
  }

  /** What the API calls of each function: its alias, which goes back when customers get errors. */
  #live(
    lambdas: Iterable<KassaFunction>,
    stage: Stage,
    errors: KassaAlarm,
  ): Map<string, IFunction> {
    const gradual = new GradualFunctions(this, stage);
    return new Map(
      [...lambdas].map((one) => [one.node.id, asFunction(gradual.alias(one, [errors]))]),
    );
  }

  private health(open: MethodOptions): void {
    const method = this.api.root.addResource('health').addMethod(
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
    const why = 'it says that the API is there, and nothing else; API Gateway answers it itself';
    accept(method, { APIG4: why, COG4: why });
  }
}
