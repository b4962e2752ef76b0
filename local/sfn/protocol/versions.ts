import * as z from 'zod';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { aliasName, parseMachineArn } from '../names.ts';
import type { AliasRecord, VersionRecord } from '../store/store.ts';
import type { Routing } from '../versions.ts';
import {
  arn,
  defined,
  description,
  longArn,
  name,
  paged,
  paging,
  seconds,
  type Target,
  target,
} from './common.ts';

const routing = z
  .array(z.object({ stateMachineVersionArn: arn, weight: z.number().int().min(0).max(100) }))
  .min(1)
  .max(2)
  .transform((routes): Routing[] =>
    routes.map((route) => ({ versionArn: route.stateMachineVersionArn, weight: route.weight })),
  );
/** The pattern as the service writes it. */
const pattern = String.raw`^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$`;
const aliased = name.refine(
  (given) => aliasName.test(given),
  `Member must satisfy regular expression pattern: ${pattern}`,
);
const aliasArn = z.object({ stateMachineAliasArn: arn });

/** Operations on versions and aliases. */
export const versionTargets: Readonly<Record<string, Target>> = {
  PublishStateMachineVersion: target(
    z.object({
      stateMachineArn: arn,
      revisionId: z.string().optional(),
      description: description.optional(),
    }),
    (engine, request) => {
      const { versions } = engine;
      const version = versions.publish(
        request.stateMachineArn,
        request.description,
        request.revisionId,
      );
      return versionBody(version);
    },
  ),
  ListStateMachineVersions: target(
    z.object({ stateMachineArn: arn, ...paging }),
    (engine, request) => {
      checkKnown(engine, request.stateMachineArn);
      const { items, nextToken } = paged(engine.versions.list(request.stateMachineArn), request);
      return { stateMachineVersions: items.map(versionBody), ...nextToken };
    },
  ),
  DeleteStateMachineVersion: target(
    z.object({ stateMachineVersionArn: longArn }),
    (engine, request) => {
      engine.versions.remove(request.stateMachineVersionArn);
      return {};
    },
  ),
  CreateStateMachineAlias: target(
    z.object({
      name: aliased,
      description: description.optional(),
      routingConfiguration: routing,
    }),
    (engine, { name, description, routingConfiguration }) => {
      const alias = engine.versions.createAlias({
        name,
        description,
        routing: routingConfiguration,
      });
      return { stateMachineAliasArn: alias.arn, creationDate: seconds(alias.createdAt) };
    },
  ),
  UpdateStateMachineAlias: target(
    z.object({
      stateMachineAliasArn: arn,
      description: description.optional(),
      routingConfiguration: routing.optional(),
    }),
    (engine, { stateMachineAliasArn, description, routingConfiguration }) => {
      const change = { description, routing: routingConfiguration };
      return {
        updateDate: seconds(engine.versions.updateAlias(stateMachineAliasArn, change).updatedAt),
      };
    },
  ),
  DescribeStateMachineAlias: target(aliasArn, (engine, request) => {
    const alias = engine.versions.alias(request.stateMachineAliasArn);
    return {
      ...aliasBody(alias),
      name: alias.name,
      ...defined({ description: alias.description }),
      routingConfiguration: alias.routing.map((route) => ({
        stateMachineVersionArn: route.versionArn,
        weight: route.weight,
      })),
      updateDate: seconds(alias.updatedAt),
    };
  }),
  ListStateMachineAliases: target(
    z.object({ stateMachineArn: arn, ...paging }),
    (engine, request) => {
      engine.describeStateMachine(request.stateMachineArn);
      const { machineArn, qualifier } = parseMachineArn(request.stateMachineArn);
      const versionArn = qualifier === undefined ? undefined : request.stateMachineArn;
      const { items, nextToken } = paged(engine.versions.aliases(machineArn, versionArn), request);
      return { stateMachineAliases: items.map(aliasBody), ...nextToken };
    },
  ),
  DeleteStateMachineAlias: target(aliasArn, (engine, request) => {
    engine.versions.removeAlias(request.stateMachineAliasArn);
    return {};
  }),
};

/** Of the operations that take a machine's ARN, this one knows no error for a machine that is not there. */
function checkKnown(engine: Engine, stateMachineArn: string): void {
  if (engine.listStateMachines().some((machine) => machine.arn === stateMachineArn)) return;
  parseMachineArn(stateMachineArn);
  throw new ServiceError('InvalidArn', `Invalid Arn: '${stateMachineArn}'`);
}

function versionBody(version: VersionRecord): object {
  return {
    stateMachineVersionArn: version.arn,
    creationDate: seconds(version.createdAt),
  };
}

function aliasBody(alias: AliasRecord): object {
  return { stateMachineAliasArn: alias.arn, creationDate: seconds(alias.createdAt) };
}
