import { ServiceError } from './errors.ts';

/** Makes and takes apart the ARNs of one region and account. */
export class Names {
  readonly region: string;
  readonly accountId: string;

  constructor(region: string, accountId: string) {
    this.region = region;
    this.accountId = accountId;
  }

  machine(name: string): string {
    return `arn:aws:states:${this.region}:${this.accountId}:stateMachine:${name}`;
  }

  execution(machine: string, name: string): string {
    return `arn:aws:states:${this.region}:${this.accountId}:execution:${machine}:${name}`;
  }

  express(machine: string, name: string, id: string): string {
    return `arn:aws:states:${this.region}:${this.accountId}:express:${machine}:${name}:${id}`;
  }
}

export interface MachineRef {
  readonly machineArn: string;
  /** Version number or alias name. */
  readonly qualifier: string | undefined;
}

const machineArn = /^(arn:[\w-]+:states:[\w-]+:\d+:stateMachine:[^:]+)(?::([\w.-]+))?$/;

/** @throws ServiceError InvalidArn */
export function parseMachineArn(arn: string): MachineRef {
  checkArn(arn);
  const match = machineArn.exec(arn);
  const [, base, qualifier] = match ?? [];
  if (base === undefined)
    throw new ServiceError(
      'InvalidArn',
      `Invalid Arn: 'Resource type not valid in this context: ${arn.split(':')[5] ?? arn}'`,
    );
  return { machineArn: base, qualifier };
}

/** @throws ServiceError InvalidArn */
export function checkArn(arn: string): void {
  if (!arn.startsWith('arn:'))
    throw new ServiceError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
}

/** @throws ServiceError InvalidArn */
export function checkRole(arn: string): void {
  if (!/^arn:[^:]+:iam:[^:]*:[^:]*:role\/.+$/.test(arn))
    throw new ServiceError('InvalidArn', `Invalid Role Arn: '${arn}'`);
}

/** The API shows Standard executions only. @throws ServiceError InvalidArn */
export function checkExecutionArn(arn: string): void {
  checkArn(arn);
  const kind = arn.split(':')[5];
  if (kind !== 'execution')
    throw new ServiceError(
      'InvalidArn',
      `Invalid Arn: 'Resource type not valid in this context: ${kind ?? arn}'`,
    );
}

/** Letters, digits, `-`, `_` and `.`, and one at least that is no digit: else it would be a version. */
export const aliasName = /^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]+$/;

/** @throws ServiceError InvalidName: 1-80 characters, no space, bracket, wildcard, quote or control character */
export function checkName(name: string): void {
  if (!/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name))
    throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
}

export function noMachine(arn: string): ServiceError {
  return new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}
