/** What a Task's Resource names. */
export interface Resource {
  readonly arn: string;
  /** `lambda`, `sqs`, `aws-sdk:dynamodb`: as in the history's resourceType. */
  readonly type: string;
  /** `invoke`, `sendMessage`: the action alone. */
  readonly action: string;
  readonly pattern: 'request' | 'token' | 'sync' | 'sync:2';
  /** A Lambda function's own ARN stands as the Resource. */
  readonly direct: boolean;
}

const service =
  /^arn:[\w-]+:states:[\w-]*:\d*:((?:aws-sdk:)?[\w-]+):(\w+)(?:\.(waitForTaskToken|sync|sync:2))?$/;
const lambda = /^arn:[\w-]+:lambda:[\w-]+:\d+:function:[\w$-]+(?::[\w$-]+)?$/;

const known = new Map<string, Resource | undefined>();

/** Undefined for what is no resource of a Task. */
export function resourceOf(arn: string): Resource | undefined {
  const resource = known.get(arn);
  if (resource !== undefined || known.has(arn)) return resource;
  known.set(arn, parsed(arn));
  return known.get(arn);
}

function parsed(arn: string): Resource | undefined {
  if (lambda.test(arn))
    return { arn, type: 'lambda', action: 'invoke', pattern: 'request', direct: true };
  const match = service.exec(arn);
  const [, type, action, suffix] = match ?? [];
  if (type === undefined || action === undefined) return undefined;
  const pattern =
    suffix === 'waitForTaskToken'
      ? 'token'
      : suffix === 'sync' || suffix === 'sync:2'
        ? suffix
        : 'request';
  return { arn, type, action, pattern, direct: false };
}

/** The action with its pattern, as the history writes it. */
export function resourceName(resource: Resource): string {
  if (resource.pattern === 'request') return resource.action;
  return `${resource.action}.${resource.pattern === 'token' ? 'waitForTaskToken' : resource.pattern}`;
}
