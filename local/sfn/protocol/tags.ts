import * as z from 'zod';
import { arn, type Target, tagList, target } from './common.ts';

const tagsOf = (settings: Readonly<Record<string, unknown>>) =>
  tagList.catch([]).parse(settings['tags'] ?? []);

export const tagTargets: Readonly<Record<string, Target>> = {
  TagResource: target(z.object({ resourceArn: arn, tags: tagList }), (engine, request) => {
    const { machine } = engine.describeStateMachine(request.resourceArn);
    const given = new Set(request.tags.map((tag) => tag.key));
    const kept = tagsOf(machine.settings).filter((tag) => !given.has(tag.key));
    engine.machines.setSettings(machine.arn, { tags: [...kept, ...request.tags] });
    return {};
  }),
  UntagResource: target(
    z.object({ resourceArn: arn, tagKeys: z.array(z.string()) }),
    (engine, request) => {
      const { machine } = engine.describeStateMachine(request.resourceArn);
      const kept = tagsOf(machine.settings).filter((tag) => !request.tagKeys.includes(tag.key));
      engine.machines.setSettings(machine.arn, { tags: kept });
      return {};
    },
  ),
  ListTagsForResource: target(z.object({ resourceArn: arn }), (engine, request) => ({
    tags: tagsOf(engine.describeStateMachine(request.resourceArn).machine.settings),
  })),
};
