import type { AwsService } from '../aws/json-call.ts';

export const states: AwsService = { name: 'states', target: 'AWSStepFunctions' };
