import { isDeepStrictEqual } from 'node:util';
import { type Definition, parseDefinition } from './definition.ts';
import { ServiceError } from './errors.ts';
import type { Integrations } from './integrations/integrations.ts';
import { checkArn, checkName, type Names, noMachine, parseMachineArn } from './names.ts';
import type { MachineRecord, MachineType, Revision, Store } from './store/store.ts';
import type { CreateMachine, MachineDescription, UpdateMachine } from './types.ts';
import { validDefinition } from './validate.ts';
import type { Versions } from './versions.ts';

interface Parts {
  readonly store: Store;
  readonly names: Names;
  readonly versions: Versions;
  readonly integrations: Integrations;
  readonly now: () => number;
  readonly newId: () => string;
}

/** What, beside definition and type, makes a second creation another machine's. */
const compared = ['loggingConfiguration', 'tracingConfiguration', 'encryptionConfiguration'];

/** The state machines, each with its revisions. */
export class Machines {
  private readonly store: Store;
  private readonly names: Names;
  private readonly versions: Versions;
  private readonly integrations: Integrations;
  private readonly now: () => number;
  private readonly newId: () => string;
  private readonly definitions = new Map<string, Definition>();
  /** A revision never changes, and every execution that starts or wakes asks for its own. */
  private readonly revisions = new Map<string, Revision>();

  constructor(parts: Parts) {
    this.store = parts.store;
    this.names = parts.names;
    this.versions = parts.versions;
    this.integrations = parts.integrations;
    this.now = parts.now;
    this.newId = parts.newId;
  }

  /** @throws ServiceError InvalidName, InvalidArn, InvalidDefinition, StateMachineAlreadyExists */
  create(request: CreateMachine): MachineDescription {
    checkName(request.name);
    checkArn(request.roleArn);
    validDefinition(request.definition, this.integrations, request.type ?? 'STANDARD');
    const arn = this.names.machine(request.name);
    const type = request.type ?? 'STANDARD';
    const existing = this.store.machine(arn);
    if (existing !== undefined) {
      const revision = this.revision(existing.revisionId);
      // Neither role nor tags count, nor are they changed.
      const same =
        revision.definition === request.definition &&
        existing.type === type &&
        compared.every((name) =>
          isDeepStrictEqual(existing.settings[name], request.settings?.[name]),
        );
      if (!same)
        throw new ServiceError(
          'StateMachineAlreadyExists',
          `State Machine Already Exists: '${arn}'`,
        );
      return { machine: existing, revision };
    }
    const now = this.now();
    const revision = this.addRevision(arn, request.definition, request.roleArn, true);
    const machine: MachineRecord = {
      arn,
      name: request.name,
      type,
      createdAt: now,
      updatedAt: now,
      revisionId: revision.id,
      settings: request.settings ?? {},
      nextVersion: 1,
    };
    this.store.putMachine(machine);
    return { machine, revision };
  }

  /** Changes what the API gives back unchanged, tags among it. */
  setSettings(machineArn: string, settings: Readonly<Record<string, unknown>>): void {
    const machine = this.store.machine(machineArn);
    if (machine === undefined) throw noMachine(machineArn);
    this.store.putMachine({ ...machine, settings: { ...machine.settings, ...settings } });
  }

  /** Running executions keep the definition they were started with. */
  update(request: UpdateMachine): MachineDescription {
    const { machineArn, qualifier } = parseMachineArn(request.stateMachineArn);
    if (qualifier !== undefined) throw noMachine(request.stateMachineArn);
    const { machine, revision } = this.describe(machineArn);
    const { definition, roleArn, settings = {} } = request;
    if (definition === undefined && roleArn === undefined && Object.keys(settings).length === 0)
      throw new ServiceError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      );
    if (roleArn !== undefined) checkArn(roleArn);
    if (request.definition !== undefined)
      validDefinition(request.definition, this.integrations, machine.type);
    const next = this.addRevision(
      machine.arn,
      request.definition ?? revision.definition,
      request.roleArn ?? revision.roleArn,
    );
    const updated: MachineRecord = {
      ...machine,
      updatedAt: this.now(),
      revisionId: next.id,
      settings: { ...machine.settings, ...request.settings },
    };
    this.store.putMachine(updated);
    return { machine: updated, revision: next };
  }

  /** @throws ServiceError InvalidDefinition */
  validate(definition: string, type: MachineType = 'STANDARD'): void {
    validDefinition(definition, this.integrations, type);
  }

  remove(stateMachineArn: string): void {
    const { machineArn } = parseMachineArn(stateMachineArn);
    for (const alias of this.store.aliases(machineArn)) this.store.removeAlias(alias.arn);
    for (const version of this.store.versions(machineArn)) this.store.removeVersion(version.arn);
    this.store.removeMachine(machineArn);
  }

  /** @throws ServiceError InvalidArn, StateMachineDoesNotExist */
  describe(stateMachineArn: string): MachineDescription {
    const { machine, revisionId } = this.versions.resolve(stateMachineArn);
    return { machine, revision: this.revision(revisionId) };
  }

  list(): MachineRecord[] {
    return this.store.machines();
  }

  revision(id: string): Revision {
    const revision = this.revisions.get(id) ?? this.store.revision(id);
    if (revision === undefined) throw new Error(`revision ${id} is missing`);
    this.revisions.set(id, revision);
    return revision;
  }

  definition(revision: Revision): Definition {
    let definition = this.definitions.get(revision.id);
    if (definition === undefined) {
      definition = parseDefinition(revision.definition);
      this.definitions.set(revision.id, definition);
    }
    return definition;
  }

  private addRevision(
    machineArn: string,
    definition: string,
    roleArn: string,
    initial = false,
  ): Revision {
    const revision = {
      id: this.newId(),
      machineArn,
      definition,
      roleArn,
      createdAt: this.now(),
      initial,
    };
    this.store.putRevision(revision);
    return revision;
  }
}
