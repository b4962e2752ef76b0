/**
 * Where a function's environment on the laptop differs from its template. Everything here, and nothing
 * elsewhere: whoever wonders why a function sees another value finds it in this table.
 */
export interface LocalAddresses {
  readonly region: string;
  readonly sfnUrl: string;
  readonly eventsUrl: string;
  readonly lambdaUrl: string;
  readonly sqsUrl: string;
  readonly dynamodbUrl: string;
  readonly secretsUrl: string;
  /** Answers every other service's calls with an error that names the service. */
  readonly elsewhereUrl: string;
  readonly postgresPort: number;
  /** Undefined when the real Stripe is used. */
  readonly stripeUrl: string | undefined;
}

/** Set on every function, template or not. */
function runtimeVariables(
  name: string,
  memoryMb: number,
  taskRoot: string,
  at: LocalAddresses,
): Readonly<Record<string, string>> {
  return {
    // What the Lambda runtime sets.
    AWS_REGION: at.region,
    AWS_DEFAULT_REGION: at.region,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: taskRoot,
    LANG: 'en_US.UTF-8',
    TZ: 'UTC',
    // Not secrets: local services check no signatures, but the SDK wants something to sign with.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // SDK clients reach the local services.
    AWS_ENDPOINT_URL: at.elsewhereUrl,
    AWS_ENDPOINT_URL_SFN: at.sfnUrl,
    AWS_ENDPOINT_URL_EVENTBRIDGE: at.eventsUrl,
    AWS_ENDPOINT_URL_LAMBDA: at.lambdaUrl,
    AWS_ENDPOINT_URL_SQS: at.sqsUrl,
    AWS_ENDPOINT_URL_DYNAMODB: at.dynamodbUrl,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: at.secretsUrl,
  };
}

interface Override {
  readonly variable: string;
  /** `always`, or only where the template has the variable. */
  readonly when: 'always' | 'present';
  /** Undefined leaves the template's value. */
  value(at: LocalAddresses): string | undefined;
  readonly why: string;
}

export const overrides: readonly Override[] = [
  {
    variable: 'POWERTOOLS_TRACE_ENABLED',
    when: 'always',
    value: () => 'false',
    why: 'no X-Ray daemon runs locally',
  },
  {
    variable: 'DATABASE_SSL',
    when: 'present',
    value: () => 'disable',
    why: 'the embedded PostgreSQL listens on the loopback without TLS',
  },
  {
    variable: 'DATABASE_PORT',
    when: 'present',
    value: (at) => String(at.postgresPort),
    why: 'RDS Proxy always listens on 5432, the embedded PostgreSQL on a port of its own',
  },
  {
    variable: 'CACHE_TLS',
    when: 'present',
    value: () => 'disable',
    why: 'the local Redis listens on the loopback without TLS and asks for no password',
  },
  {
    variable: 'SFN_DISABLE_HOST_PREFIX',
    when: 'always',
    value: () => 'true',
    why: 'the SDK would look up sync-127.0.0.1 for StartSyncExecution',
  },
  {
    variable: 'STRIPE_API_BASE',
    when: 'always',
    value: (at) => at.stripeUrl,
    why: 'without STRIPE_SECRET_KEY in the environment Stripe is the simulator',
  },
];

/** What a generated secret holds on the laptop. Guards nothing: the services it opens listen on the loopback. */
export const localSecret = 'local';

/** Generated secrets whose value matters, by the key they are generated under. */
export function secretsByKey(values: {
  readonly stripeSecretKey: string | undefined;
  readonly stripeSigningSecret: string;
}): Readonly<Record<string, string | undefined>> {
  return { secretKey: values.stripeSecretKey, signingSecret: values.stripeSigningSecret };
}

export function localEnvironment(
  name: string,
  memoryMb: number,
  taskRoot: string,
  template: Readonly<Record<string, string>>,
  at: LocalAddresses,
): Readonly<Record<string, string>> {
  const environment: { [name: string]: string } = {
    ...template,
    ...runtimeVariables(name, memoryMb, taskRoot, at),
  };
  for (const override of overrides) {
    if (override.when === 'present' && !Object.hasOwn(template, override.variable)) continue;
    const value = override.value(at);
    if (value !== undefined) environment[override.variable] = value;
  }
  return environment;
}
