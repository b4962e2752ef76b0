import { type Area, api, end, guide, jsonata, jsonpath } from '../case.ts';

const task = (resource: string, parameters: object, more: object = {}): object =>
  jsonpath({
    T: {
      Type: 'Task',
      Resource: `arn:aws:states:::${resource}`,
      Parameters: parameters,
      ...more,
      ...end,
    },
  });
const item = { TableName: 't', Key: { id: { S: 'a' } } };
const metadata = { SdkHttpMetadata: { HttpStatusCode: 200 }, SdkResponseMetadata: {} };
const child = 'arn:aws:states:us-east-1:000000000000:stateMachine:m1';

export const integrationArea: Area = {
  area: 'Integrations',
  rules: [
    {
      rule: 'lambda:invoke gives the payload in a frame of metadata',
      source: guide('Lambda'),
      cases: [
        {
          definition: task('lambda:invoke', { FunctionName: 'f', Payload: { 'a.$': '$.a' } }),
          input: { a: 1 },
          expect: {
            includes: {
              ExecutedVersion: '$LATEST',
              Payload: { a: 1 },
              StatusCode: 200,
              ...metadata,
            },
            calls: [{ a: 1 }],
            details: {
              TaskScheduled: {
                resourceType: 'lambda',
                resource: 'invoke',
                region: 'us-east-1',
                parameters: '{"FunctionName":"f","Payload":{"a":1}}',
              },
            },
          },
        },
        {
          definition: task('lambda:invoke', { FunctionName: 'f', Qualifier: 'live' }),
          expect: { status: 'SUCCEEDED' },
        },
      ],
    },
    {
      rule: 'an Event invocation is accepted without an answer',
      source: guide('Lambda'),
      cases: [
        {
          definition: task('lambda:invoke', {
            FunctionName: 'f',
            InvocationType: 'Event',
            Payload: { a: 1 },
          }),
          expect: { includes: { Payload: '', StatusCode: 202 }, calls: [{ a: 1 }] },
        },
      ],
    },
    {
      rule: 'parameters the service cannot do without, or could make nothing of, end the execution',
      source: 'ASFHyP3/hyp3 issue 2585 (reported of AWS)',
      cases: [
        {
          definition: jsonpath({
            T: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', ...end },
          }),
          expect: {
            error: 'States.Runtime',
            cause:
              "… The Parameters '{}' could not be used to start the Task: [The field 'FunctionName' is required but was missing]",
          },
        },
        {
          definition: task('lambda:invoke', { FunctionName: 'f', 'Payload.$': '$.n' }),
          input: { n: 1 },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The Parameters \'{"FunctionName":"f","Payload":1}\' could not be used to start the Task: [The value for the field \'Payload\' must be a STRING]',
          },
        },
      ],
    },
    {
      rule: 'a parameter the integration does not know ends the execution, not the creation',
      source: guide('Passing parameters to a service API'),
      cases: [
        {
          definition: task('lambda:invoke.waitForTaskToken', {
            FunctionName: 'f',
            'TaskToken.$': '$.t',
          }),
          input: { t: 1 },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The Parameters \'{"FunctionName":"f","TaskToken":1}\' could not be used to start the Task: [The field "TaskToken" is not supported by Step Functions]',
          },
        },
        {
          definition: jsonata({
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::aws-sdk:dynamodb:getItem',
              Arguments: { ...item, tableName: 't' },
              ...end,
            },
          }),
          mocks: { 'dynamodb:getItem': { value: {} } },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The Arguments \'{"TableName":"t","Key":{"id":{"S":"a"}},"tableName":"t"}\' could not be used to start the Task: [The field "tableName" is not supported by Step Functions]',
          },
        },
      ],
    },
    {
      rule: 'sqs:sendMessage sends a JSON body as text',
      source: guide('Amazon SQS'),
      cases: [
        {
          definition: task('sqs:sendMessage', { QueueUrl: 'q', MessageBody: { 'a.$': '$.a' } }),
          input: { a: 1 },
          mocks: { 'sqs:sendMessage': { value: { MessageId: 'm', MD5OfMessageBody: 'd' } } },
          expect: {
            includes: { MessageId: 'm', MD5OfMessageBody: 'd', ...metadata },
            calls: [{ QueueUrl: 'q', MessageBody: '{"a":1}' }],
          },
        },
      ],
    },
    {
      rule: 'sqs:sendMessage waits for the token its message carries',
      source: guide('Wait for a callback'),
      cases: [
        {
          definition: task('sqs:sendMessage.waitForTaskToken', {
            QueueUrl: 'q',
            MessageBody: { 'token.$': '$$.Task.Token' },
          }),
          mocks: { 'sqs:sendMessage': { value: { MessageId: 'm' } } },
          callbacks: [{ at: 5, does: { succeeds: '"ok"' } }],
          expect: {
            output: 'ok',
            took: 5,
            events: [
              ['TaskStateEntered', 0],
              ['TaskScheduled', 2],
              ['TaskStarted', 3],
              ['TaskSubmitted', 4],
              ['TaskSucceeded', 5],
              ['TaskStateExited', 6],
              ['ExecutionSucceeded', 7],
            ],
            details: {
              TaskSubmitted: { resourceType: 'sqs', resource: 'sendMessage.waitForTaskToken' },
            },
          },
        },
      ],
    },
    {
      rule: 'sqs errors: SQS.…Exception with service, status, code and request',
      source: guide('Error names'),
      cases: [
        {
          definition: task('sqs:sendMessage', { QueueUrl: 'q', MessageBody: 'b' }),
          mocks: { 'sqs:sendMessage': { refuses: 'QueueDoesNotExist', message: 'no queue' } },
          expect: {
            error: 'SQS.QueueDoesNotExistException',
            cause:
              'no queue (Service: AmazonSQS; Status Code: 400; Error Code: AWS.SimpleQueueService.NonExistentQueue; Request ID: …; Proxy: null)',
          },
        },
        {
          definition: task('sqs:sendMessage', { QueueUrl: 'q', MessageBody: 'b' }),
          mocks: {
            'sqs:sendMessage': {
              refuses: 'AWS.SimpleQueueService.NonExistentQueue',
              message: 'no queue',
            },
          },
          expect: { error: 'SQS.QueueDoesNotExistException' },
        },
      ],
    },
    {
      rule: 'events:putEvents adds execution and machine to the resources',
      source: guide('EventBridge'),
      cases: [
        {
          definition: task('events:putEvents', {
            Entries: [{ Source: 's', DetailType: 'd', Detail: { a: 1 } }],
          }),
          mocks: {
            'events:putEvents': { value: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } },
          },
          expect: { includes: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }], ...metadata } },
        },
      ],
    },
    {
      rule: 'a refused entry fails putEvents with EventBridge.FailedEntry',
      source: guide('EventBridge'),
      cases: [
        {
          definition: task('events:putEvents', { Entries: [{ Detail: {} }] }),
          mocks: {
            'events:putEvents': { value: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'X' }] } },
          },
          expect: { error: 'EventBridge.FailedEntry' },
        },
      ],
    },
    {
      rule: 'putEvents waits for a token in a detail',
      source: guide('EventBridge'),
      cases: [
        {
          definition: task('events:putEvents.waitForTaskToken', {
            Entries: [{ Detail: { 'token.$': '$$.Task.Token' } }],
          }),
          mocks: {
            'events:putEvents': { value: { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] } },
          },
          callbacks: [{ at: 2, does: { succeeds: '1' } }],
          expect: { output: 1 },
        },
      ],
    },
    ...(['getItem', 'putItem', 'updateItem', 'deleteItem'] as const).map((action) => ({
      rule: `dynamodb:${action}`,
      source: guide('DynamoDB'),
      cases: [
        {
          definition: task(
            `dynamodb:${action}`,
            action === 'putItem' ? { TableName: 't', Item: { id: { S: 'a' } } } : item,
          ),
          mocks: { [`dynamodb:${action}`]: { value: { Item: { id: { S: 'a' } } } } },
          expect: { includes: { Item: { id: { S: 'a' } }, ...metadata } },
        },
      ],
    })),
    {
      rule: 'dynamodb answers stand beside the service’s own headers',
      source: 'Amazon DynamoDB Developer Guide, DynamoDB low-level API',
      cases: [
        {
          definition: task('dynamodb:getItem', item),
          mocks: { 'dynamodb:getItem': { value: {} } },
          expect: {
            includes: {
              SdkHttpMetadata: {
                HttpHeaders: {
                  Connection: 'keep-alive',
                  'Content-Length': '2',
                  'Content-Type': 'application/x-amz-json-1.0',
                  Server: 'Server',
                  'x-amz-crc32': '2745614147',
                },
              },
            },
          },
        },
      ],
    },
    {
      rule: 'dynamodb errors: DynamoDB.ConditionalCheckFailedException, and AmazonDynamoDBException for a bad request',
      source: guide('Error names'),
      cases: [
        {
          definition: task('dynamodb:updateItem', item),
          mocks: {
            'dynamodb:updateItem': {
              refuses: 'ConditionalCheckFailedException',
              message: 'The conditional request failed',
            },
          },
          expect: {
            error: 'DynamoDB.ConditionalCheckFailedException',
            cause:
              'The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ConditionalCheckFailedException; Request ID: …; Proxy: null)',
          },
        },
        {
          definition: task('dynamodb:updateItem', item),
          mocks: { 'dynamodb:updateItem': { refuses: 'ValidationException', message: 'bad' } },
          expect: { error: 'DynamoDB.AmazonDynamoDBException' },
        },
      ],
    },
    {
      rule: 'aws-sdk: calls give the bare answer',
      source: guide('AWS SDK integrations'),
      cases: [
        {
          definition: task('aws-sdk:dynamodb:scan', { TableName: 't' }),
          mocks: { 'dynamodb:scan': { value: { Items: [], Count: 0 } } },
          expect: {
            output: { Items: [], Count: 0 },
            details: { TaskScheduled: { resourceType: 'aws-sdk:dynamodb', resource: 'scan' } },
          },
        },
        {
          definition: task('aws-sdk:lambda:invoke', { FunctionName: 'f', Payload: { a: 1 } }),
          expect: { output: { ExecutedVersion: '$LATEST', Payload: '{"a":1}', StatusCode: 200 } },
        },
        {
          definition: task('aws-sdk:lambda:invoke', { FunctionName: 'f' }),
          mocks: { f: { fails: 'E' } },
          expect: { includes: { FunctionError: 'Unhandled', Payload: '{"errorType":"E"}' } },
        },
      ],
    },
    {
      rule: 'aws-sdk: names are those of the SDK: acronyms are words, times ISO 8601',
      source: guide('AWS SDK integrations'),
      cases: [
        {
          definition: task('aws-sdk:sqs:sendMessage', { QueueUrl: 'q', MessageBody: 'b' }),
          mocks: { 'sqs:sendMessage': { value: { MD5OfMessageBody: 'd', MessageId: 'm' } } },
          expect: { output: { Md5OfMessageBody: 'd', MessageId: 'm' } },
        },
        {
          definition: task('aws-sdk:secretsmanager:getSecretValue', { SecretId: 's' }),
          mocks: {
            'secretsmanager:getSecretValue': {
              value: { ARN: 'a', CreatedDate: 1, SecretString: 'x' },
            },
          },
          expect: {
            output: { Arn: 'a', CreatedDate: '1970-01-01T00:00:01Z', SecretString: 'x' },
          },
        },
        {
          definition: task('aws-sdk:dynamodb:putItem', {
            TableName: 't',
            Item: { ID: { Bool: true }, BOOL: { L: [{ Ss: ['a'] }] } },
          }),
          mocks: {
            'dynamodb:putItem': {
              value: { Attributes: { ID: { BOOL: true }, SS: { NULL: true } } },
            },
          },
          expect: {
            calls: [{ TableName: 't', Item: { ID: { BOOL: true }, BOOL: { L: [{ SS: ['a'] }] } } }],
            output: { Attributes: { ID: { Bool: true }, SS: { Nul: true } } },
          },
        },
      ],
    },
    {
      rule: 'aws-sdk: errors are the service’s exceptions',
      source: guide('AWS SDK integrations'),
      cases: [
        {
          definition: task('aws-sdk:dynamodb:getItem', item),
          mocks: {
            'dynamodb:getItem': { refuses: 'ResourceNotFoundException', message: 'no table' },
          },
          expect: {
            error: 'DynamoDb.ResourceNotFoundException',
            cause: 'no table (Service: DynamoDb, Status Code: 400, Request ID: …)',
          },
        },
        {
          definition: task('aws-sdk:dynamodb:getItem', item),
          mocks: { 'dynamodb:getItem': { refuses: 'ValidationException', message: 'bad' } },
          expect: { error: 'DynamoDb.DynamoDbException' },
        },
        {
          definition: task('aws-sdk:sqs:sendMessage', { QueueUrl: 'q', MessageBody: 'b' }),
          mocks: { 'sqs:sendMessage': { refuses: 'QueueDoesNotExist', message: 'no' } },
          expect: { error: 'Sqs.QueueDoesNotExistException' },
        },
        {
          definition: task('aws-sdk:sfn:describeStateMachine', { StateMachineArn: `${child}x` }),
          expect: {
            error: 'Sfn.StateMachineDoesNotExistException',
            cause: `State Machine Does Not Exist: '${child}x' (Service: Sfn, Status Code: 400, Request ID: …)`,
          },
        },
      ],
    },
    {
      rule: 'aws-sdk:sfn calls the engine itself, in PascalCase',
      source: guide('AWS SDK integrations'),
      cases: [
        {
          definition: task('aws-sdk:sfn:describeStateMachine', { StateMachineArn: child }),
          expect: {
            includes: {
              StateMachineArn: child,
              Name: 'm1',
              Status: 'ACTIVE',
              CreationDate: '2026-03-01T12:00:00Z',
            },
          },
        },
      ],
    },
    {
      rule: 'aws-sdk: calls wait for tokens too',
      source: guide('AWS SDK integrations'),
      cases: [
        {
          definition: task('aws-sdk:sqs:sendMessage.waitForTaskToken', {
            QueueUrl: 'q',
            MessageBody: { 'token.$': '$$.Task.Token' },
          }),
          mocks: { 'sqs:sendMessage': { value: { MessageId: 'm' } } },
          callbacks: [{ at: 1, does: { succeeds: '2' } }],
          expect: { output: 2 },
        },
      ],
    },
    {
      rule: 'startExecution starts and goes on; the name taken is an error',
      source: guide('Step Functions'),
      cases: [
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $exists($states.input.child) %}', Next: 'S' }],
              Default: 'T',
            },
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::states:startExecution',
              Arguments: { StateMachineArn: child, Name: 'one', Input: { child: 1 } },
              Output: '{% $states.result.ExecutionArn %}',
              Next: 'S',
            },
            S: { Type: 'Succeed' },
          }),
          expect: { output: 'arn:aws:states:us-east-1:000000000000:execution:m1:one' },
        },
        {
          definition: task('states:startExecution', {
            StateMachineArn: child,
            'Name.$': '$$.Execution.Name',
          }),
          input: { a: 1 },
          expect: { error: 'StepFunctions.ExecutionAlreadyExistsException' },
        },
        {
          definition: task('states:startExecution', { StateMachineArn: `${child}x` }),
          expect: {
            error: 'StepFunctions.StateMachineDoesNotExistException',
            cause: `State Machine Does Not Exist: '${child}x' (Service: AWSStepFunctions; Status Code: 400; Error Code: StateMachineDoesNotExist; Request ID: …; Proxy: null)`,
          },
        },
      ],
    },
    {
      rule: 'startExecution.sync gives the child’s description with texts, .sync:2 with JSON',
      source: guide('Run a job'),
      cases: ['sync', 'sync:2'].map((pattern) => ({
        definition: jsonata({
          C: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $exists($states.input.child) %}', Next: 'S' }],
            Default: 'T',
          },
          T: {
            Type: 'Task',
            Resource: `arn:aws:states:::states:startExecution.${pattern}`,
            Arguments: { StateMachineArn: child, Name: 'one', Input: { child: 1 } },
            Next: 'S',
          },
          S: { Type: 'Succeed' },
        }),
        expect: {
          includes: {
            Name: 'one',
            Status: 'SUCCEEDED',
            Input: pattern === 'sync' ? '{"child":1}' : { child: 1 },
            Output: pattern === 'sync' ? '{"child":1}' : { child: 1 },
            InputDetails: { Included: true },
            RedriveCount: 0,
            RedriveStatus: 'NOT_REDRIVABLE',
            StateMachineArn: child,
          },
        },
      })),
    },
    {
      rule: 'a child’s description is written by the names of its fields; of one that failed also .sync:2 shows texts',
      source: 'floci-io/floci, AslExecutorNestedSyncFailureTest (measured on AWS)',
      cases: (['sync', 'sync:2'] as const).map((pattern) => ({
        definition: jsonata({
          C: {
            Type: 'Choice',
            Choices: [{ Condition: '{% $exists($states.input.child) %}', Next: 'F' }],
            Default: 'T',
          },
          T: {
            Type: 'Task',
            Resource: `arn:aws:states:::states:startExecution.${pattern}`,
            Arguments: { StateMachineArn: child, Name: 'one', Input: { child: 1 } },
            Catch: [
              {
                ErrorEquals: ['States.TaskFailed'],
                Output: {
                  keys: '{% $keys($parse($states.errorOutput.Cause)) %}',
                  input: '{% $parse($states.errorOutput.Cause).Input %}',
                },
                Next: 'S',
              },
            ],
            Next: 'S',
          },
          S: { Type: 'Succeed' },
          F: { Type: 'Fail', Error: 'Bad', Cause: 'c' },
        }),
        expect: {
          output: {
            input: '{"child":1}',
            keys: [
              'Cause',
              'Error',
              'ExecutionArn',
              'Input',
              'InputDetails',
              'Name',
              'RedriveCount',
              'RedriveStatus',
              'StartDate',
              'StateMachineArn',
              'Status',
              'StopDate',
            ],
          },
        },
      })),
    },
    {
      rule: 'a job owes no heartbeat',
      source: guide('Run a job'),
      cases: [
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $exists($states.input.child) %}', Next: 'W' }],
              Default: 'T',
            },
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::states:startExecution.sync',
              Arguments: { StateMachineArn: child, Input: { child: 1 } },
              HeartbeatSeconds: 5,
              Next: 'S',
            },
            W: { Type: 'Wait', Seconds: 20, Next: 'S' },
            S: { Type: 'Succeed' },
          }),
          expect: { status: 'SUCCEEDED', took: 20 },
        },
      ],
    },
    {
      rule: 'a child that fails fails its task with States.TaskFailed',
      source: guide('Run a job'),
      cases: [
        {
          definition: jsonata({
            C: {
              Type: 'Choice',
              Choices: [{ Condition: '{% $exists($states.input.child) %}', Next: 'F' }],
              Default: 'T',
            },
            T: {
              Type: 'Task',
              Resource: 'arn:aws:states:::states:startExecution.sync:2',
              Arguments: { StateMachineArn: child, Input: { child: 1 } },
              Catch: [
                {
                  ErrorEquals: ['States.TaskFailed'],
                  Output: '{% $parse($states.errorOutput.Cause).Error %}',
                  Next: 'S',
                },
              ],
              Next: 'S',
            },
            S: { Type: 'Succeed' },
            F: { Type: 'Fail', Error: 'Bad' },
          }),
          expect: { output: 'Bad' },
        },
      ],
    },
    {
      rule: 'a job whose start is refused is TaskSubmitFailed',
      source: api('TaskSubmitFailedEventDetails'),
      cases: [
        {
          definition: task('states:startExecution.sync', { StateMachineArn: `${child}x` }),
          expect: {
            error: 'StepFunctions.StateMachineDoesNotExistException',
            details: {
              TaskSubmitFailed: { resource: 'startExecution.sync', resourceType: 'states' },
            },
          },
        },
      ],
    },
  ],
  gaps: [
    {
      rule: '.sync of other services (ECS, Batch, Glue, …)',
      source: guide('Run a job'),
      instead: 'refused by name when the machine is created',
    },
    {
      rule: 'http:invoke, apigateway:invoke and other integrations',
      source: guide('Optimized integrations'),
      instead: 'refused by name unless the service is connected',
    },
  ],
};
