import * as z from 'zod';
import type { Call, Integrations } from './integrations.ts';

/** The target prefix and version of the services that speak AWS JSON, by their name in a resource ARN. */
const protocols: Readonly<Record<string, readonly [prefix: string, version: '1.0' | '1.1']>> = {
  sqs: ['AmazonSQS', '1.0'],
  dynamodb: ['DynamoDB_20120810', '1.0'],
  events: ['AWSEvents', '1.1'],
  eventbridge: ['AWSEvents', '1.1'],
  secretsmanager: ['secretsmanager', '1.1'],
  ssm: ['AmazonSSM', '1.1'],
  kms: ['TrentService', '1.1'],
};

const problem = z.object({
  __type: z.string().optional(),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** Where a service is served, now or once it is up; undefined for what is not served. */
export type EndpointOf = (service: string) => string | Promise<string> | undefined;

/** Whether it is known how to speak to a service, by its name in a resource ARN. */
export function speaks(service: string): boolean {
  return protocols[service] !== undefined;
}

/**
 * Calls services over AWS JSON, wherever they are served.
 * @param endpointOf a service's URL by its name in a resource ARN (`sqs`)
 */
export function servicesOver(endpointOf: EndpointOf): NonNullable<Integrations['connect']> {
  return (service, action) => {
    const protocol = protocols[service];
    if (protocol === undefined || endpointOf(service) === undefined) return undefined;
    const [prefix, version] = protocol;
    const target = `${prefix}.${action.charAt(0).toUpperCase()}${action.slice(1)}`;
    const call: Call = async (input, { signal }) => {
      const endpoint = await endpointOf(service);
      if (endpoint === undefined) throw new Error(`${service} is not served any more`);
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': `application/x-amz-json-${version}`,
          'x-amz-target': target,
          // Some local services ask for a signature without checking it.
          authorization:
            'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/service/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify(input),
        signal,
      });
      const text = await response.text();
      const answer: unknown = text === '' ? {} : JSON.parse(text);
      if (response.ok) return answer;
      const told = problem.catch({}).parse(answer);
      throw Object.assign(new Error(told.message ?? told.Message ?? text), {
        name: told.__type?.split('#').at(-1)?.split(':')[0] ?? 'InternalFailure',
        queryCode: response.headers.get('x-amzn-query-error')?.split(';')[0],
        $metadata: {
          httpStatusCode: response.status,
          requestId: response.headers.get('x-amzn-requestid') ?? undefined,
        },
      });
    };
    return call;
  };
}
