import { isDeepStrictEqual } from 'node:util';
import { ServiceError } from './errors.ts';

/** How a machine logs, traces and encrypts: told as it was given, and without effect here. */
export interface Settings {
  readonly loggingConfiguration: {
    readonly level?: 'ALL' | 'ERROR' | 'FATAL' | 'OFF' | undefined;
    readonly includeExecutionData?: boolean | undefined;
    readonly destinations?: readonly object[] | undefined;
  };
  readonly tracingConfiguration: { readonly enabled?: boolean | undefined };
  readonly encryptionConfiguration: {
    readonly type: 'AWS_OWNED_KEY' | 'CUSTOMER_MANAGED_KMS_KEY';
    readonly kmsKeyId?: string | undefined;
    readonly kmsDataKeyReusePeriodSeconds?: number | undefined;
  };
}

/** What a request says of them; what is left out is the service's default, or stays as it was. */
export type GivenSettings = {
  readonly [Name in keyof Settings]?: Settings[Name] | undefined;
};

const unlogged = { level: 'OFF', includeExecutionData: false } as const;
const awsKey = { type: 'AWS_OWNED_KEY' } as const;
const ownKey = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsDataKeyReusePeriodSeconds: 300 } as const;

/** What is given, else what was before, else the service's default. */
export function settingsOf(given: GivenSettings, before: GivenSettings = {}): Settings {
  const encryption = given.encryptionConfiguration ?? before.encryptionConfiguration;
  return {
    loggingConfiguration: {
      ...unlogged,
      ...(given.loggingConfiguration ?? before.loggingConfiguration),
    },
    tracingConfiguration: {
      enabled: false,
      ...(given.tracingConfiguration ?? before.tracingConfiguration),
    },
    encryptionConfiguration: {
      ...(encryption?.type === 'CUSTOMER_MANAGED_KMS_KEY' ? ownKey : awsKey),
      ...encryption,
    },
  };
}

/** @throws ServiceError InvalidLoggingConfiguration, InvalidEncryptionConfiguration */
export function checkSettings({ loggingConfiguration, encryptionConfiguration }: Settings): void {
  const { level, destinations = [] } = loggingConfiguration;
  if (destinations.length > 1 || (level !== 'OFF' && destinations.length === 0))
    throw new ServiceError(
      'InvalidLoggingConfiguration',
      'Invalid Logging Configuration: Must specify exactly one Log Destination.',
    );
  const { type, kmsKeyId, kmsDataKeyReusePeriodSeconds } = encryptionConfiguration;
  if (type === 'CUSTOMER_MANAGED_KMS_KEY' && kmsKeyId === undefined)
    throw invalidEncryption('kmsKeyId is required for CUSTOMER_MANAGED_KMS_KEY');
  if (type === 'AWS_OWNED_KEY' && (kmsKeyId ?? kmsDataKeyReusePeriodSeconds) !== undefined)
    throw invalidEncryption('AWS_OWNED_KEY takes neither key nor period');
}

export function sameSettings(one: Settings, other: Settings): boolean {
  return isDeepStrictEqual(one, other);
}

function invalidEncryption(why: string): ServiceError {
  return new ServiceError(
    'InvalidEncryptionConfiguration',
    `Invalid Encryption Configuration: '${why}'`,
  );
}
