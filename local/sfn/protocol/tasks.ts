import * as z from 'zod';
import { cause, error, jsonText, type Target, target } from './common.ts';

const taskToken = z.string().min(1).max(2048);

/** Operations on tasks, by their tokens. */
export const taskTargets: Readonly<Record<string, Target>> = {
  SendTaskSuccess: target(z.object({ taskToken, output: jsonText }), async (engine, request) => {
    await engine.sendTaskSuccess(request.taskToken, request.output);
    return {};
  }),
  SendTaskFailure: target(
    z.object({ taskToken, error: error.optional(), cause: cause.optional() }),
    async (engine, request) => {
      await engine.sendTaskFailure(request.taskToken, request.error, request.cause);
      return {};
    },
  ),
  SendTaskHeartbeat: target(z.object({ taskToken }), (engine, request) => {
    engine.sendTaskHeartbeat(request.taskToken);
    return {};
  }),
};
