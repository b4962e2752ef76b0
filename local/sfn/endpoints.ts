import * as z from 'zod';

/** The name each service has in the SDKs' endpoint variables, by its name in a resource's ARN. */
const variables: Readonly<Record<string, string>> = {
  lambda: 'LAMBDA',
  sqs: 'SQS',
  dynamodb: 'DYNAMODB',
  events: 'EVENTBRIDGE',
  eventbridge: 'EVENTBRIDGE',
  secretsmanager: 'SECRETS_MANAGER',
  ssm: 'SSM',
  kms: 'KMS',
};

const url = z.url().optional();

/** An endpoint serves both names its service has in a resource's ARN. */
const twins: Readonly<Record<string, string>> = { events: 'eventbridge', eventbridge: 'events' };

/**
 * Where a service is reached: at the endpoint given for it, else where the SDKs' variables say
 * (`AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL`).
 * @throws ZodError where a variable that counts is no URL
 */
export function endpointOf(
  service: string,
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const own = given.get(service) ?? given.get(twins[service] ?? '');
  const variable = `AWS_ENDPOINT_URL_${variables[service]}`;
  return own ?? url.parse(env[variable] ?? env['AWS_ENDPOINT_URL']);
}

/** What to do where a service is called and there is no endpoint for it. */
export function howToReach(service: string): string {
  return `no endpoint is known for ${service}: start with --endpoint ${service}=URL, or set AWS_ENDPOINT_URL_${variables[service]}`;
}
