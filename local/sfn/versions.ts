import { ServiceError } from './errors.ts';
import { aliasName, noMachine, parseMachineArn } from './names.ts';
import type { AliasRecord, MachineRecord, Store, VersionRecord } from './store/store.ts';

export interface Routing {
  readonly versionArn: string;
  /** 0-100; all weights of an alias make 100. */
  readonly weight: number;
}

export interface CreateAlias {
  readonly name: string;
  readonly description?: string | undefined;
  readonly routing: readonly Routing[];
}

/** What a start with some ARN runs. */
export interface Target {
  readonly machine: MachineRecord;
  readonly revisionId: string;
  readonly versionArn?: string;
  readonly aliasArn?: string;
}

const mostVersions = 1000;
const mostAliases = 100;

/** Versions: numbered revisions that stay. Aliases: names for one version, or two by weight. */
export class Versions {
  private readonly store: Store;
  private readonly now: () => number;
  private readonly random: () => number;

  constructor(store: Store, now: () => number, random: () => number) {
    this.store = store;
    this.now = now;
    this.random = random;
  }

  /** @throws ServiceError InvalidArn, StateMachineDoesNotExist */
  resolve(arn: string): Target {
    const { machineArn, qualifier } = parseMachineArn(arn);
    const machine = this.store.machine(machineArn);
    if (machine === undefined) throw noMachine(arn);
    if (qualifier === undefined) return { machine, revisionId: machine.revisionId };
    const version = this.store.version(arn);
    if (version !== undefined)
      return { machine, revisionId: version.revisionId, versionArn: version.arn };
    const alias = this.store.alias(arn);
    const routed = alias === undefined ? undefined : this.store.version(this.route(alias));
    // Who publishes no versions may still start by a qualified ARN: it means what there is.
    if (routed === undefined && this.store.versions(machineArn).length === 0)
      return { machine, revisionId: machine.revisionId };
    if (routed === undefined) throw noMachine(arn);
    return { machine, revisionId: routed.revisionId, versionArn: routed.arn, aliasArn: arn };
  }

  /**
   * Makes the current revision a version; one that already is the newest version is answered again.
   * @param revisionId the revision this is meant for; `INITIAL` is the one the machine was created with
   * @throws ServiceError StateMachineDoesNotExist, ServiceQuotaExceededException, ConflictException when `revisionId`
   * is not the current one
   */
  publish(machineArn: string, description?: string, revisionId?: string): VersionRecord {
    const machine = this.store.machine(machineArn);
    if (machine === undefined) throw noMachine(machineArn);
    const current =
      this.store.revision(machine.revisionId)?.initial === true ? 'INITIAL' : machine.revisionId;
    if (revisionId !== undefined && revisionId !== current)
      throw new ServiceError(
        'ConflictException',
        `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${current}.`,
      );
    const newest = this.list(machineArn)[0];
    if (newest?.revisionId === machine.revisionId) return newest;
    if (this.store.versions(machineArn).length >= mostVersions)
      throw full(`A state machine has at most ${mostVersions} versions`);
    const version: VersionRecord = {
      arn: `${machineArn}:${machine.nextVersion}`,
      machineArn,
      version: machine.nextVersion,
      revisionId: machine.revisionId,
      description,
      createdAt: this.now(),
    };
    this.store.putVersion(version);
    this.store.putMachine({ ...machine, nextVersion: machine.nextVersion + 1 });
    return version;
  }

  /** The version an ARN names, if it names one. */
  describe(arn: string): VersionRecord | undefined {
    return this.store.version(arn);
  }

  /** Newest first. */
  list(machineArn: string): VersionRecord[] {
    return this.store.versions(machineArn).sort((a, b) => b.version - a.version);
  }

  /** @throws ServiceError ConflictException while an alias leads to it */
  remove(versionArn: string): void {
    const { machineArn } = parseMachineArn(versionArn);
    const used = this.store
      .aliases(machineArn)
      .filter((alias) => alias.routing.some((route) => route.versionArn === versionArn));
    if (used.length > 0)
      throw new ServiceError(
        'ConflictException',
        `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${used.map((alias) => alias.name).join(', ')}]`,
      );
    this.store.removeVersion(versionArn);
  }

  /**
   * The same alias again is answered with the first.
   * @throws ServiceError InvalidName, ValidationException, ResourceNotFound, ConflictException,
   * ServiceQuotaExceededException
   */
  createAlias(request: CreateAlias): AliasRecord {
    const machineArn = this.checkRouting(request.routing);
    if (!aliasName.test(request.name) || request.name.length > 80)
      throw new ServiceError('InvalidName', `Invalid Name: '${request.name}'`);
    const arn = `${machineArn}:${request.name}`;
    const existing = this.store.alias(arn);
    const alias: AliasRecord = {
      arn,
      machineArn,
      name: request.name,
      description: request.description,
      createdAt: this.now(),
      updatedAt: this.now(),
      routing: request.routing,
    };
    if (existing === undefined) {
      if (this.store.aliases(machineArn).length >= mostAliases)
        throw full(`A state machine has at most ${mostAliases} aliases`);
      this.store.putAlias(alias);
    } else if (
      existing.description !== alias.description ||
      JSON.stringify(existing.routing) !== JSON.stringify(alias.routing)
    )
      throw new ServiceError(
        'ConflictException',
        'Failed to create alias because an alias with the same name and a different routing configuration already exists.',
      );
    return existing ?? alias;
  }

  /** @throws ServiceError ResourceNotFound, ValidationException */
  updateAlias(
    arn: string,
    change: {
      readonly description?: string | undefined;
      readonly routing?: readonly Routing[] | undefined;
    },
  ): AliasRecord {
    if (change.description === undefined && change.routing === undefined)
      throw new ServiceError(
        'ValidationException',
        'Either the description or the RoutingConfiguration must be specified',
        { reason: 'MISSING_REQUIRED_PARAMETER' },
      );
    const alias = this.alias(arn);
    if (change.routing !== undefined && this.checkRouting(change.routing) !== alias.machineArn)
      throw wrongRouting('must contain versions of the alias’s own state machine');
    const updated = {
      ...alias,
      description: change.description ?? alias.description,
      routing: change.routing ?? alias.routing,
      updatedAt: this.now(),
    };
    this.store.putAlias(updated);
    return updated;
  }

  /** @throws ServiceError ResourceNotFound */
  alias(arn: string): AliasRecord {
    const alias = this.store.alias(arn);
    if (alias === undefined) throw missing(arn);
    return alias;
  }

  /** Newest first. @param versionArn only those that lead to it */
  aliases(machineArn: string, versionArn?: string): AliasRecord[] {
    return this.store
      .aliases(machineArn)
      .filter(
        (alias) =>
          versionArn === undefined || alias.routing.some((one) => one.versionArn === versionArn),
      )
      .sort((a, b) => b.createdAt - a.createdAt);
  }

  /** @throws ServiceError ResourceNotFound */
  removeAlias(arn: string): void {
    this.alias(arn);
    this.store.removeAlias(arn);
  }

  private route(alias: AliasRecord): string {
    let drawn = this.random() * 100;
    for (const route of alias.routing) {
      drawn -= route.weight;
      if (drawn < 0) return route.versionArn;
    }
    return alias.routing.at(-1)?.versionArn ?? '';
  }

  private checkRouting(routing: readonly Routing[]): string {
    const arns = routing.map((route) => route.versionArn);
    const received = `Received: [${arns.join(', ')}]`;
    const machines = new Set<string>();
    for (const arn of arns) {
      const { machineArn, qualifier } = parseMachineArn(arn);
      if (qualifier === undefined || !/^\d+$/.test(qualifier))
        throw wrongRouting(`must contain state machine version ARNs. ${received}`);
      machines.add(machineArn);
    }
    const [machineArn] = machines;
    if (machineArn === undefined || routing.length > 2 || machines.size > 1)
      throw wrongRouting(`must contain one or two versions of one state machine. ${received}`);
    if (new Set(arns).size < arns.length)
      throw wrongRouting(`must contain distinct state machine version ARNs. ${received}`);
    const weights = routing.map((route) => route.weight);
    if (weights.reduce((total, weight) => total + weight, 0) !== 100)
      throw new ServiceError(
        'ValidationException',
        `Sum of routing configuration weights must equal 100. Received: [${weights.join(', ')}]`,
        { reason: 'INVALID_ROUTING_CONFIGURATION' },
      );
    for (const arn of arns) if (this.store.version(arn) === undefined) throw missing(arn);
    return machineArn;
  }
}

function wrongRouting(how: string): ServiceError {
  return new ServiceError('ValidationException', `Routing configuration ${how}`, {
    reason: 'INVALID_ROUTING_CONFIGURATION',
  });
}

function full(message: string): ServiceError {
  return new ServiceError('ServiceQuotaExceededException', message);
}

function missing(arn: string): ServiceError {
  return new ServiceError(
    'ResourceNotFound',
    'Request references a resource that does not exist.',
    { resourceName: arn },
  );
}
