import * as z from 'zod';
import { textOf } from '../json.ts';
import { told } from '../trial/inspection.ts';
import type { Tested } from '../trial/trial.ts';
import {
  arn,
  cause,
  defined,
  definition,
  error,
  jsonText,
  name,
  type Target,
  target,
} from './common.ts';

const count = z.number().int().min(0);

/** TestState. */
export const testTargets: Readonly<Record<string, Target>> = {
  TestState: target(
    z.object({
      definition,
      roleArn: arn.optional(),
      input: jsonText.optional(),
      inspectionLevel: z.enum(['INFO', 'DEBUG', 'TRACE']).optional(),
      revealSecrets: z.boolean().optional(),
      variables: jsonText.optional(),
      stateName: name.optional(),
      mock: z
        .object({
          result: jsonText.optional(),
          errorOutput: z.object({ error: error.optional(), cause: cause.optional() }).optional(),
          fieldValidationMode: z.enum(['STRICT', 'PRESENT', 'NONE']).optional(),
        })
        .optional(),
      context: jsonText.optional(),
      stateConfiguration: z
        .object({
          retrierRetryCount: count.optional(),
          errorCausedByState: name.optional(),
          mapIterationFailureCount: count.optional(),
          mapItemReaderData: jsonText.optional(),
        })
        .optional(),
    }),
    async (engine, { inspectionLevel = 'INFO', stateConfiguration, ...request }) => {
      const retried = stateConfiguration?.retrierRetryCount;
      const tested = await engine.testState({ ...request, retried });
      const { status, error, cause, output, nextState } = tested;
      return {
        ...defined({ error, cause, nextState }),
        ...(output === undefined ? {} : { output: textOf(output) }),
        status,
        ...(inspectionLevel === 'INFO' ? {} : { inspectionData: inspected(tested) }),
      };
    },
  ),
};

function inspected({ inspection, errorDetails }: Tested): object {
  return { ...told(inspection), ...defined({ errorDetails }) };
}
