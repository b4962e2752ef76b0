import { isArray, isObject, type Json } from '../json.ts';
import { moment } from './casing.ts';

// `aws-sdk:` integrations speak with the names of the Java SDK: acronyms are words (`Md5OfMessageBody`, `Arn`), times
// are ISO 8601. The services' own names are on the wire.

/** Attribute types of DynamoDB whose name in the SDK is another. */
const attributeTypes: Readonly<Record<string, string>> = {
  BOOL: 'Bool',
  NULL: 'Nul',
  SS: 'Ss',
  NS: 'Ns',
  BS: 'Bs',
};
const wireTypes = new Map(Object.entries(attributeTypes).map(([wire, sdk]) => [sdk, wire]));
const kinds = new Set(['S', 'N', 'B', 'M', 'L', ...wireTypes.keys(), ...wireTypes.values()]);

/** A task's parameters as the service's wire has them. */
export function toWire(service: string, parameters: Json): Json {
  return service === 'dynamodb'
    ? attributes(parameters, (type) => wireTypes.get(type))
    : parameters;
}

/** A service's answer as an `aws-sdk:` task shows it. */
export function toSdk(service: string, answer: Json): Json {
  return service === 'dynamodb'
    ? attributes(answer, (type) => attributeTypes[type])
    : renamed(answer);
}

/** Renames the types of attribute values; names of attributes are the user's and stay. */
function attributes(value: Json, rename: (type: string) => string | undefined): Json {
  if (isArray(value)) return value.map((one) => attributes(one, rename));
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  const isValue = entries.length === 1 && only !== undefined && kinds.has(only[0]);
  const made: Record<string, Json> = {};
  for (const [key, one] of entries)
    made[isValue ? (rename(key) ?? key) : key] = moment(key, one) ?? attributes(one, rename);
  return made;
}

/** Maps whose keys are data. */
const free = /(?:Attributes|Tags|Variables)$/;

function renamed(value: Json): Json {
  if (isArray(value)) return value.map(renamed);
  if (!isObject(value)) return value;
  const made: Record<string, Json> = {};
  for (const [key, one] of Object.entries(value))
    made[sdkName(key)] = moment(key, one) ?? (free.test(key) && isObject(one) ? one : renamed(one));
  return made;
}

/** `MD5OfMessageBody` is `Md5OfMessageBody`, `ARN` is `Arn`. */
function sdkName(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([0-9])([A-Za-z])/g, '$1 $2')
    .split(' ')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join('');
}
