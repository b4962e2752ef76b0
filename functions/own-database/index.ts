import * as z from 'zod';
import { once } from '../shared/once.ts';
import { observed } from '../shared/telemetry.ts';
import { type Dependencies, dependencies } from './dependencies.ts';

/**
 * What CDK's provider framework hands on of CloudFormation's request.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref-requests.html
 */
const requestSchema = z.looseObject({ RequestType: z.enum(['Create', 'Update', 'Delete']) });

/**
 * The database of a stage that has no cluster of its own: made when its stack is made, dropped with all that is in it
 * when the stack is deleted. Answers the resource's physical id, which is the database's name.
 */
export const ownDatabase = (compose: () => Dependencies) => {
  const made = once(compose);
  return (event: unknown): Promise<{ readonly PhysicalResourceId: string }> =>
    observed('own-database', {}, async () => {
      const { RequestType } = requestSchema.parse(event);
      const { database, create, drop } = await made();
      if (RequestType === 'Delete') await drop();
      else await create();
      return { PhysicalResourceId: database };
    });
};

export const handler = ownDatabase(dependencies);
