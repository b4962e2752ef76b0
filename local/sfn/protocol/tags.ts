import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { checkArn } from '../names.ts';
import type { MachineRecord, Tag } from '../store/store.ts';
import { arn, type Target, tagList, target } from './common.ts';

const most = 50;

/** Operations on tags. */
export const tagTargets: Readonly<Record<string, Target>> = {
  TagResource: target(z.object({ resourceArn: arn, tags: tagList }), (engine, request) => {
    const machine = tagged(engine, request.resourceArn);
    const tags = merged(machine.settings.tags ?? [], request.tags, request.resourceArn);
    engine.machines.setTags(machine.arn, tags);
    return {};
  }),
  UntagResource: target(
    z.object({ resourceArn: arn, tagKeys: z.array(z.string().min(1).max(128)) }),
    (engine, request) => {
      const machine = tagged(engine, request.resourceArn);
      const { tags = [] } = machine.settings;
      engine.machines.setTags(
        machine.arn,
        tags.filter((tag) => !request.tagKeys.includes(tag.key)),
      );
      return {};
    },
  ),
  ListTagsForResource: target(z.object({ resourceArn: arn }), (engine, request) => ({
    tags: tagged(engine, request.resourceArn).settings.tags ?? [],
  })),
};

/** @throws ServiceError TooManyTags */
export function merged(
  kept: readonly Tag[],
  given: z.infer<typeof tagList>,
  resource: string,
): Tag[] {
  const tags = new Map(kept.map((tag) => [tag.key, tag.value]));
  for (const { key, value = '' } of given) tags.set(key, value);
  if (tags.size > most)
    throw new ServiceError('TooManyTags', `A resource has at most ${most} tags`, {
      resourceName: resource,
    });
  return [...tags].map(([key, value]) => ({ key, value }));
}

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
