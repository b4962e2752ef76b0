import { expect, test } from 'vitest';
import { asking, type Body } from './asking.ts';
import { machine, role } from './harness.ts';

const base = 'arn:aws:states:us-east-1:000000000000';
const passing = machine({ P: { Type: 'Pass', End: true } });
const definition = JSON.stringify(passing);
const long = 'n'.repeat(81);

const invalid = (message: string, more: object = {}): Body => ({
  ...{ status: 400, __type: 'ValidationException', message },
  ...more,
});
const one = (fault: string) => invalid(`1 validation error detected: ${fault}`);
const must = (where: string, rule: string) => `${where} failed to satisfy constraint: ${rule}`;

/** Every fault, as it comes over the wire. `m` is a machine, `m:1` its version, `x` an Express machine. */
const refusals: readonly (readonly [string, string, object, Body])[] = [
  [
    'a member that is missing',
    'DescribeStateMachine',
    {},
    one(must("Value null at 'stateMachineArn'", 'Member must not be null')),
  ],
  [
    'a member that is null',
    'DescribeExecution',
    { executionArn: null },
    one(must("Value null at 'executionArn'", 'Member must not be null')),
  ],
  [
    'several faults at once',
    'ListExecutions',
    { stateMachineArn: `${base}:stateMachine:m`, statusFilter: 'DONE', maxResults: 1001 },
    invalid(
      `2 validation errors detected: ${must(
        "Value 'DONE' at 'statusFilter'",
        'Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]',
      )}; ${must("Value '1001' at 'maxResults'", 'Member must have value less than or equal to 1000')}`,
    ),
  ],
  [
    'a negative page',
    'ListStateMachines',
    { maxResults: -1 },
    one(must("Value '-1' at 'maxResults'", 'Member must have value greater than or equal to 0')),
  ],
  [
    'a page’s token that is too long',
    'ListStateMachines',
    { nextToken: 'n'.repeat(1025) },
    one(
      must(
        `Value '${'n'.repeat(1025)}' at 'nextToken'`,
        'Member must have length less than or equal to 1024',
      ),
    ),
  ],
  ...['ListStateMachines', 'GetExecutionHistory', 'ListExecutions', 'ListStateMachineVersions'].map(
    (operation) =>
      [
        'a page’s token that was never given',
        operation,
        {
          stateMachineArn: `${base}:stateMachine:m`,
          executionArn: `${base}:execution:m:e`,
          nextToken: 'odd',
        },
        { status: 400, __type: 'InvalidToken', message: "Invalid Token: 'Invalid token'" },
      ] as const,
  ),
  [
    'a machine’s name of 81 characters',
    'CreateStateMachine',
    { name: long, definition, roleArn: role },
    one(must(`Value '${long}' at 'name'`, 'Member must have length less than or equal to 80')),
  ],
  [
    'a machine’s name with a forbidden character',
    'CreateStateMachine',
    { name: 'a/b', definition, roleArn: role },
    { status: 400, __type: 'InvalidName', message: "Invalid Name: 'a/b'" },
  ],
  [
    'no definition, which is not shown',
    'CreateStateMachine',
    { name: 'n', definition: '', roleArn: role },
    one(must("Value at 'definition'", 'Member must have length greater than or equal to 1')),
  ],
  [
    'a role that is none',
    'CreateStateMachine',
    { name: 'n', definition, roleArn: 'arn:aws:lambda:us-east-1:0:function:f' },
    {
      ...{ status: 400, __type: 'InvalidArn' },
      message: "Invalid Role Arn: 'arn:aws:lambda:us-east-1:0:function:f'",
    },
  ],
  [
    'a type there is none of',
    'CreateStateMachine',
    { name: 'n', definition, roleArn: role, type: 'FAST' },
    one(must("Value 'FAST' at 'type'", 'Member must satisfy enum value set: [STANDARD, EXPRESS]')),
  ],
  [
    'logging without a destination',
    'CreateStateMachine',
    { name: 'n', definition, roleArn: role, loggingConfiguration: { level: 'ALL' } },
    {
      ...{ status: 400, __type: 'InvalidLoggingConfiguration' },
      message: 'Invalid Logging Configuration: Must specify exactly one Log Destination.',
    },
  ],
  [
    'a customer’s key that is not named',
    'UpdateStateMachine',
    {
      stateMachineArn: `${base}:stateMachine:m`,
      encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY' },
    },
    {
      ...{ status: 400, __type: 'InvalidEncryptionConfiguration' },
      message:
        "Invalid Encryption Configuration: 'kmsKeyId is required for CUSTOMER_MANAGED_KMS_KEY'",
    },
  ],
  [
    'a version’s description without a version',
    'UpdateStateMachine',
    { stateMachineArn: `${base}:stateMachine:m`, roleArn: role, versionDescription: 'd' },
    invalid('Version description can only be set when publish is true'),
  ],
  [
    'an update of nothing',
    'UpdateStateMachine',
    { stateMachineArn: `${base}:stateMachine:m` },
    {
      ...{ status: 400, __type: 'MissingRequiredParameter' },
      message:
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    },
  ],
  [
    'another revision’s publication',
    'PublishStateMachineVersion',
    { stateMachineArn: `${base}:stateMachine:m`, revisionId: 'other' },
    {
      ...{ status: 400, __type: 'ConflictException' },
      message:
        'Failed to publish the State Machine version for revision other. The current State Machine revision is INITIAL.',
    },
  ],
  [
    'an alias named like a version',
    'CreateStateMachineAlias',
    {
      name: '12',
      routingConfiguration: [{ stateMachineVersionArn: `${base}:stateMachine:m:1`, weight: 100 }],
    },
    one(
      must(
        "Value '12' at 'name'",
        String.raw`Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`,
      ),
    ),
  ],
  [
    'an alias for three versions',
    'CreateStateMachineAlias',
    {
      name: 'a',
      routingConfiguration: [1, 2, 3].map((weight) => ({
        stateMachineVersionArn: 'v',
        weight,
      })),
    },
    one(
      must(
        `Value '[${[1, 2, 3]
          .map((n) => `RoutingConfigurationListItem(stateMachineVersionArn=v, weight=${n})`)
          .join(', ')}]' at 'routingConfiguration'`,
        'Member must have length less than or equal to 2',
      ),
    ),
  ],
  [
    'a weight above 100',
    'CreateStateMachineAlias',
    {
      name: 'a',
      routingConfiguration: [{ stateMachineVersionArn: `${base}:stateMachine:m:1`, weight: 101 }],
    },
    one(
      must(
        "Value '101' at 'routingConfiguration.1.member.weight'",
        'Member must have value less than or equal to 100',
      ),
    ),
  ],
  [
    'an alias that leads to no version',
    'CreateStateMachineAlias',
    {
      name: 'a',
      routingConfiguration: [{ stateMachineVersionArn: `${base}:stateMachine:m`, weight: 100 }],
    },
    invalid(
      `Routing configuration must contain state machine version ARNs. Received: [${base}:stateMachine:m]`,
      { reason: 'INVALID_ROUTING_CONFIGURATION' },
    ),
  ],
  [
    'an alias that does not exist',
    'DescribeStateMachineAlias',
    { stateMachineAliasArn: `${base}:stateMachine:m:none` },
    {
      ...{ status: 400, __type: 'ResourceNotFound' },
      message: 'Request references a resource that does not exist.',
      resourceName: `${base}:stateMachine:m:none`,
    },
  ],
  [
    'an execution’s name of 81 characters',
    'StartExecution',
    { stateMachineArn: `${base}:stateMachine:m`, name: long },
    one(must(`Value '${long}' at 'name'`, 'Member must have length less than or equal to 80')),
  ],
  [
    'an input above 256 KiB, counted in bytes',
    'StartExecution',
    { stateMachineArn: `${base}:stateMachine:m`, input: `"${'é'.repeat(131_072)}"` },
    one(must("Value at 'input'", 'Member must have length less than or equal to 262144')),
  ],
  [
    'executions of nothing',
    'ListExecutions',
    {},
    invalid('Must provide a StateMachine ARN or MapRun ARN'),
  ],
  ...['DescribeExecution', 'GetExecutionHistory', 'StopExecution', 'RedriveExecution'].map(
    (operation) =>
      [
        'an Express execution',
        operation,
        { executionArn: `${base}:express:x:e:1` },
        {
          ...{ status: 400, __type: 'InvalidArn' },
          message: "Invalid Arn: 'Resource type not valid in this context: express'",
        },
      ] as const,
  ),
  [
    'a number for a text',
    'StartExecution',
    { stateMachineArn: 5 },
    {
      ...{ status: 400, __type: 'SerializationException' },
      message: 'NUMBER_VALUE can not be converted to a String',
    },
  ],
  [
    'a text for a number',
    'ListStateMachines',
    { maxResults: '5' },
    {
      ...{ status: 400, __type: 'SerializationException' },
      message: 'STRING_VALUE can not be converted to an Integer',
    },
  ],
  [
    'tags of what does not exist',
    'ListTagsForResource',
    { resourceArn: `${base}:stateMachine:none` },
    {
      ...{ status: 400, __type: 'ResourceNotFound' },
      message: `Resource not found: '${base}:stateMachine:none'`,
      resourceName: `${base}:stateMachine:none`,
    },
  ],
  [
    'versions of a machine there is none of',
    'ListStateMachineVersions',
    { stateMachineArn: `${base}:stateMachine:none` },
    {
      ...{ status: 400, __type: 'InvalidArn' },
      message: `Invalid Arn: '${base}:stateMachine:none'`,
    },
  ],
  [
    'a heartbeat of no task',
    'SendTaskHeartbeat',
    { taskToken: 'forged' },
    { status: 400, __type: 'InvalidToken', message: "Invalid Token: 'Invalid token'" },
  ],
];

test.each(refusals)('refused in AWS’s words: %s (%s)', async (_what, operation, body, wanted) => {
  const { ask, create, engine } = await asking();
  const stateMachineArn = await create('m', passing);
  await create('x', passing, { type: 'EXPRESS' });
  await ask('PublishStateMachineVersion', { stateMachineArn });
  await ask('StartExecution', { stateMachineArn, name: 'e' });
  await engine.idle();
  expect(await ask(operation, body)).toEqual(wanted);
});

test('a request longer than any can be is refused, not kept', async () => {
  const { ask } = await asking();
  expect(await ask('ListStateMachines', { nextToken: 'n'.repeat(9_000_000) })).toMatchObject({
    __type: 'SerializationException',
    message: 'a request has at most 8388608 bytes',
  });
});
