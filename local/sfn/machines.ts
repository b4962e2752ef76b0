import { type Definition, parseDefinition } from './definition.ts';
import { ServiceError } from './errors.ts';
import type { Integrations } from './integrations/integrations.ts';
import { isSameJson } from './json.ts';
import { checkName, checkRole, type Names, noMachine, parseMachineArn } from './names.ts';
import { checkSettings, type Settings, sameSettings, settingsOf } from './settings.ts';
import type { MachineRecord, MachineType, Revision, Store, Tag } from './store/store.ts';
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

  /**
   * Answers a second creation of the same machine with the first; neither its role nor its tags count, nor are they
   * changed.
   * @throws ServiceError InvalidName, InvalidArn, InvalidDefinition, InvalidLoggingConfiguration,
   * InvalidEncryptionConfiguration, StateMachineAlreadyExists
   */
  create(request: CreateMachine): MachineDescription {
    const { name, definition, roleArn, type = 'STANDARD', tags = [] } = request;
    checkName(name);
    checkRole(roleArn);
    const settings = settingsOf(request.settings ?? {});
    checkSettings(settings);
    validDefinition(definition, this.integrations, type);
    const arn = this.names.machine(name);
    const existing = this.store.machine(arn);
    if (existing !== undefined) {
      const revision = this.revision(existing.revisionId);
      const same =
        revision.definition === definition &&
        existing.type === type &&
        sameSettings(this.settings(revision), settings);
      if (!same)
        throw new ServiceError(
          'StateMachineAlreadyExists',
          `State Machine Already Exists: '${arn}'`,
        );
      return { machine: existing, revision };
    }
    const now = this.now();
    const revision = this.addRevision(arn, { definition, roleArn, settings }, true);
    const machine: MachineRecord = {
      ...{ arn, name, type, createdAt: now, updatedAt: now },
      revisionId: revision.id,
      settings: { ...settings, tags },
      nextVersion: 1,
    };
    this.store.putMachine(machine);
    return { machine, revision };
  }

  setTags(machineArn: string, tags: readonly Tag[]): void {
    const machine = this.store.machine(machineArn);
    if (machine === undefined) throw noMachine(machineArn);
    this.store.putMachine({ ...machine, settings: { ...machine.settings, tags } });
  }

  /**
   * Running executions keep the definition they were started with. What changes nothing makes no revision.
   * @throws ServiceError StateMachineDoesNotExist, MissingRequiredParameter, InvalidArn, InvalidDefinition,
   * InvalidLoggingConfiguration, InvalidEncryptionConfiguration
   */
  update(request: UpdateMachine): MachineDescription {
    const { machineArn, qualifier } = parseMachineArn(request.stateMachineArn);
    if (qualifier !== undefined) throw noMachine(request.stateMachineArn);
    const { machine, revision } = this.describe(machineArn);
    const given = request.settings ?? {};
    if (
      request.definition === undefined &&
      request.roleArn === undefined &&
      Object.values(given).every((one) => one === undefined)
    )
      throw new ServiceError(
        'MissingRequiredParameter',
        'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
      );
    const { definition = revision.definition, roleArn = revision.roleArn } = request;
    if (request.roleArn !== undefined) checkRole(roleArn);
    const before = this.settings(revision);
    const settings = settingsOf(given, before);
    checkSettings(settings);
    if (request.definition !== undefined)
      validDefinition(definition, this.integrations, machine.type);
    const same =
      isSameJson(definition, revision.definition) &&
      roleArn === revision.roleArn &&
      sameSettings(settings, before);
    const next = same
      ? revision
      : this.addRevision(machine.arn, { definition, roleArn, settings }, false);
    const updated: MachineRecord = {
      ...machine,
      updatedAt: this.now(),
      revisionId: next.id,
      settings: { ...machine.settings, ...settings },
    };
    this.store.putMachine(updated);
    return { machine: updated, revision: next };
  }

  /** How a machine logs, traces and encrypts in one of its revisions. */
  settings(revision: Revision): Settings {
    const machine = this.store.machine(revision.machineArn);
    const { tags: _tags, ...settings } = machine?.settings ?? {};
    return settingsOf(revision.settings ?? settings);
  }

  /** @throws ServiceError InvalidDefinition */
  validate(definition: string, type: MachineType = 'STANDARD'): void {
    validDefinition(definition, this.integrations, type);
  }

  /** Deletes a machine with its versions and aliases, or the one of these that the ARN names. What is not there is gone. */
  remove(stateMachineArn: string): void {
    const { machineArn, qualifier } = parseMachineArn(stateMachineArn);
    if (qualifier !== undefined) {
      if (this.versions.describe(stateMachineArn) !== undefined)
        this.versions.remove(stateMachineArn);
      this.store.removeAlias(stateMachineArn);
      return;
    }
    for (const alias of this.store.aliases(machineArn)) this.store.removeAlias(alias.arn);
    for (const version of this.store.versions(machineArn)) this.store.removeVersion(version.arn);
    this.store.removeMachine(machineArn);
  }

  /** @throws ServiceError InvalidArn, StateMachineDoesNotExist */
  describe(stateMachineArn: string): MachineDescription {
    const { machine, revisionId } = this.versions.resolve(stateMachineArn);
    return { machine, revision: this.revision(revisionId) };
  }

  /** By name. */
  list(): MachineRecord[] {
    return this.store.machines().sort((one, other) => (one.name < other.name ? -1 : 1));
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
    made: Required<Pick<Revision, 'definition' | 'roleArn' | 'settings'>>,
    initial: boolean,
  ): Revision {
    const revision = { id: this.newId(), machineArn, createdAt: this.now(), initial, ...made };
    this.store.putRevision(revision);
    return revision;
  }
}
