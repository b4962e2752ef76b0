import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { checkArn } from '../names.ts';
import type { MachineRecord } from '../store/store.ts';
import { arn, type Target, tagList, target } from './common.ts';

const most = 50;

const tagsOf = (settings: Readonly<Record<string, unknown>>) =>
  tagList.catch([]).parse(settings['tags'] ?? []);

/** @throws ServiceError InvalidArn, ResourceNotFound: tags know of no machines, only of resources */
function tagged(engine: Engine, resourceArn: string): MachineRecord {
  checkArn(resourceArn);
  try {
    return engine.describeStateMachine(resourceArn).machine;
  } catch (thrown) {
    if (!(thrown instanceof ServiceError)) throw thrown;
    throw new ServiceError('ResourceNotFound', `Resource not found: '${resourceArn}'`, {
      resourceName: resourceArn,
    });
  }
}

export const tagTargets: Readonly<Record<string, Target>> = {
  TagResource: target(z.object({ resourceArn: arn, tags: tagList }), (engine, request) => {
    const machine = tagged(engine, request.resourceArn);
    const given = new Set(request.tags.map((tag) => tag.key));
    const kept = tagsOf(machine.settings).filter((tag) => !given.has(tag.key));
    const tags = [...kept, ...request.tags];
    if (tags.length > most)
      throw new ServiceError('TooManyTags', `A resource has at most ${most} tags`, {
        resourceName: request.resourceArn,
      });
    engine.machines.setSettings(machine.arn, { tags });
    return {};
  }),
  UntagResource: target(
    z.object({ resourceArn: arn, tagKeys: z.array(z.string()) }),
    (engine, request) => {
      const machine = tagged(engine, request.resourceArn);
      const kept = tagsOf(machine.settings).filter((tag) => !request.tagKeys.includes(tag.key));
      engine.machines.setSettings(machine.arn, { tags: kept });
      return {};
    },
  ),
  ListTagsForResource: target(z.object({ resourceArn: arn }), (engine, request) => ({
    tags: tagsOf(tagged(engine, request.resourceArn).settings),
  })),
};
