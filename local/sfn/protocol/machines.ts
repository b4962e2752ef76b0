import * as z from 'zod';
import { type Diagnostic, InvalidDefinition } from '../diagnostics.ts';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { checkExecutionArn } from '../names.ts';
import type { Revision } from '../store/store.ts';
import { variablesByState } from '../variables.ts';
import { warningsOf } from '../warnings.ts';
import {
  arn,
  defined,
  definition,
  includedData,
  machineArn,
  machineType,
  name,
  paged,
  paging,
  publishing,
  seconds,
  size,
  type Target,
  tagList,
  target,
} from './common.ts';
import { settings } from './settings.ts';
import { merged } from './tags.ts';

/** Operations on state machines. */
export const machineTargets: Readonly<Record<string, Target>> = {
  CreateStateMachine: target(
    z.object({
      name,
      definition,
      roleArn: arn,
      type: machineType.optional(),
      tags: tagList.optional(),
      ...publishing,
      ...settings.shape,
    }),
    (engine, { name, definition, roleArn, type, ...request }) => {
      checkPublish(request);
      const tags = merged([], request.tags ?? [], name);
      const { machine } = engine.createStateMachine({
        ...{ name, definition, roleArn, type, tags },
        settings: settings.parse(request),
      });
      return {
        stateMachineArn: machine.arn,
        creationDate: seconds(machine.createdAt),
        ...published(engine, request, machine.arn),
      };
    },
  ),
  UpdateStateMachine: target(
    z.object({
      stateMachineArn: arn,
      definition: definition.optional(),
      roleArn: arn.optional(),
      ...publishing,
      ...settings.shape,
    }),
    (engine, { stateMachineArn, definition, roleArn, ...request }) => {
      checkPublish(request);
      const { machine, revision } = engine.updateStateMachine({
        ...{ stateMachineArn, definition, roleArn },
        settings: settings.parse(request),
      });
      return {
        updateDate: seconds(machine.updatedAt),
        ...revisionOf(revision),
        ...published(engine, request, machine.arn),
      };
    },
  ),
  ValidateStateMachineDefinition: target(
    z.object({
      definition,
      type: machineType.optional(),
      severity: z.enum(['ERROR', 'WARNING']).optional(),
      maxResults: z.number().int().min(0).max(100).optional(),
    }),
    (engine, { definition, type, severity, maxResults }) => {
      const faults = faultsOf(engine, definition, type);
      const warnings = severity === 'WARNING' ? warningsOf(definition) : [];
      const all = [
        ...faults.map((one) => ({ severity: 'ERROR', ...defined({ ...one }) })),
        ...warnings.map((one) => ({ severity: 'WARNING', ...defined({ ...one }) })),
      ];
      const limit = size(maxResults, 100);
      return {
        result: faults.length === 0 ? 'OK' : 'FAIL',
        diagnostics: all.slice(0, limit),
        truncated: all.length > limit,
      };
    },
  ),
  DescribeStateMachine: target(machineArn.extend({ includedData }), (engine, request) => {
    const { machine, revision } = engine.describeStateMachine(request.stateMachineArn);
    const version = engine.versions.describe(request.stateMachineArn);
    return {
      stateMachineArn: request.stateMachineArn,
      name: machine.name,
      status: 'ACTIVE',
      type: machine.type,
      creationDate: seconds(version?.createdAt ?? machine.createdAt),
      ...defined({ description: version?.description }),
      ...revisionBody(engine, revision, request.includedData),
    };
  }),
  DescribeStateMachineForExecution: target(
    z.object({ executionArn: arn, includedData }),
    (engine, request) => {
      checkExecutionArn(request.executionArn);
      const record = engine.describeExecution(request.executionArn);
      const revision = engine.machines.revision(record.revisionId);
      return {
        stateMachineArn: record.machineArn,
        name: record.machineArn.split(':').at(-1),
        updateDate: seconds(revision.createdAt),
        ...revisionBody(engine, revision, request.includedData),
      };
    },
  ),
  ListStateMachines: target(z.object(paging), (engine, request) => {
    const { items, nextToken } = paged(engine.listStateMachines(), request);
    return {
      stateMachines: items.map((machine) => ({
        stateMachineArn: machine.arn,
        name: machine.name,
        type: machine.type,
        creationDate: seconds(machine.createdAt),
      })),
      ...nextToken,
    };
  }),
  DeleteStateMachine: target(machineArn, (engine, request) => {
    engine.deleteStateMachine(request.stateMachineArn);
    return {};
  }),
};

function faultsOf(
  engine: Engine,
  definition: string,
  type: z.infer<typeof machineType> | undefined,
): readonly Diagnostic[] {
  try {
    engine.machines.validate(definition, type);
    return [];
  } catch (thrown) {
    if (thrown instanceof InvalidDefinition) return thrown.diagnostics;
    throw thrown;
  }
}

interface Publishing {
  readonly publish?: boolean | undefined;
  readonly versionDescription?: string | undefined;
}

function checkPublish({ publish, versionDescription }: Publishing): void {
  if (versionDescription !== undefined && publish !== true)
    throw new ServiceError(
      'ValidationException',
      'Version description can only be set when publish is true',
    );
}

function published(engine: Engine, request: Publishing, machineArn: string): object {
  if (request.publish !== true) return {};
  const version = engine.versions.publish(machineArn, request.versionDescription);
  return { stateMachineVersionArn: version.arn };
}

/** What both descriptions tell of a revision. */
function revisionBody(
  engine: Engine,
  revision: Revision,
  included: z.infer<typeof includedData>,
): object {
  const settings = engine.machines.settings(revision);
  const about = { roleArn: revision.roleArn, ...settings, ...revisionOf(revision) };
  if (included === 'METADATA_ONLY') return { definition: '{}', ...about };
  const variableReferences = variablesByState(engine.machines.definition(revision));
  return {
    definition: revision.definition,
    ...about,
    ...(Object.keys(variableReferences).length === 0 ? {} : { variableReferences }),
  };
}

/** The first revision has no id to be told. */
function revisionOf(revision: Revision): { readonly revisionId?: string } {
  return revision.initial ? {} : { revisionId: revision.id };
}
