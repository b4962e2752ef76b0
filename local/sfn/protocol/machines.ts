import * as z from 'zod';
import { InvalidDefinition } from '../diagnostics.ts';
import type { Engine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import type { Revision } from '../store/store.ts';
import { variablesByState } from '../variables.ts';
import {
  arn,
  defined,
  executionArn,
  machineArn,
  paged,
  paging,
  seconds,
  settings,
  size,
  type Target,
  tagList,
  target,
} from './common.ts';

/** Operations on state machines. */
export const machineTargets: Readonly<Record<string, Target>> = {
  CreateStateMachine: target(
    z.object({
      name: z.string(),
      definition: z.string(),
      roleArn: arn,
      type: z.enum(['STANDARD', 'EXPRESS']).optional(),
      publish: z.boolean().optional(),
      versionDescription: z.string().optional(),
      tags: tagList.optional(),
      ...settings,
    }),
    (
      engine,
      { loggingConfiguration, tracingConfiguration, encryptionConfiguration, tags, ...request },
    ) => {
      checkPublish(request);
      const created = engine.createStateMachine({
        ...request,
        settings: defined({
          loggingConfiguration,
          tracingConfiguration,
          encryptionConfiguration,
          tags,
        }),
      });
      return {
        stateMachineArn: created.machine.arn,
        creationDate: seconds(created.machine.createdAt),
        ...published(engine, request, created.machine.arn),
      };
    },
  ),
  UpdateStateMachine: target(
    z.object({
      stateMachineArn: arn,
      definition: z.string().optional(),
      roleArn: arn.optional(),
      publish: z.boolean().optional(),
      versionDescription: z.string().optional(),
      ...settings,
    }),
    (
      engine,
      { loggingConfiguration, tracingConfiguration, encryptionConfiguration, ...request },
    ) => {
      checkPublish(request);
      const updated = engine.updateStateMachine({
        ...request,
        settings: defined({ loggingConfiguration, tracingConfiguration, encryptionConfiguration }),
      });
      return {
        updateDate: seconds(updated.machine.updatedAt),
        revisionId: updated.revision.id,
        ...published(engine, request, updated.machine.arn),
      };
    },
  ),
  ValidateStateMachineDefinition: target(
    z.object({
      definition: z.string().min(1).max(1_048_576),
      type: z.enum(['STANDARD', 'EXPRESS']).optional(),
      severity: z.enum(['ERROR', 'WARNING']).optional(),
      maxResults: z.number().int().min(0).max(100).optional(),
    }),
    (engine, request) => {
      try {
        engine.machines.validate(request.definition, request.type);
        return { result: 'OK', diagnostics: [], truncated: false };
      } catch (thrown) {
        if (!(thrown instanceof InvalidDefinition)) throw thrown;
        const limit = size(request.maxResults, 100);
        return {
          result: 'FAIL',
          diagnostics: thrown.diagnostics
            .slice(0, limit)
            .map((one) => ({ severity: 'ERROR', ...defined({ ...one }) })),
          truncated: thrown.diagnostics.length > limit,
        };
      }
    },
  ),
  DescribeStateMachine: target(machineArn, (engine, request) => {
    const { machine, revision } = engine.describeStateMachine(request.stateMachineArn);
    const { tags: _tags, ...given } = machine.settings;
    const description = engine.versions.describe(request.stateMachineArn)?.description;
    return {
      stateMachineArn: request.stateMachineArn,
      name: machine.name,
      status: 'ACTIVE',
      definition: revision.definition,
      roleArn: revision.roleArn,
      type: machine.type,
      creationDate: seconds(machine.createdAt),
      ...revisionOf(revision),
      ...defined({ description }),
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
      ...references(engine, revision),
      ...given,
    };
  }),
  DescribeStateMachineForExecution: target(executionArn, (engine, request) => {
    const record = engine.describeExecution(request.executionArn);
    const revision = engine.machines.revision(record.revisionId);
    return {
      stateMachineArn: record.machineArn,
      name: record.machineArn.split(':').at(-1),
      definition: revision.definition,
      roleArn: revision.roleArn,
      updateDate: seconds(revision.createdAt),
      ...revisionOf(revision),
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
      ...references(engine, revision),
    };
  }),
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

function checkPublish(request: {
  readonly publish?: boolean | undefined;
  readonly versionDescription?: string | undefined;
}): void {
  if (request.versionDescription !== undefined && request.publish !== true)
    throw new ServiceError(
      'ValidationException',
      'Version description can only be set when publish is true',
    );
}

function published(
  engine: Engine,
  request: {
    readonly publish?: boolean | undefined;
    readonly versionDescription?: string | undefined;
  },
  machineArn: string,
): object {
  if (request.publish !== true) return {};
  const version = engine.versions.publish(machineArn, request.versionDescription);
  return { stateMachineVersionArn: version.arn };
}

function references(engine: Engine, revision: Revision): object {
  const variableReferences = variablesByState(engine.machines.definition(revision));
  return Object.keys(variableReferences).length === 0 ? {} : { variableReferences };
}

function revisionOf(revision: Revision): { readonly revisionId?: string } {
  return revision.initial ? {} : { revisionId: revision.id };
}
