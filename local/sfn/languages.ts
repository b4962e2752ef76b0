import type { QueryLanguage } from './definition.ts';
import type { Faults } from './diagnostics.ts';

const jsonataOnly = ['Arguments', 'Output', 'Items'] as const;
const jsonpathOnly = [
  'InputPath',
  'OutputPath',
  'Parameters',
  'ResultSelector',
  'ResultPath',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatchPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'ErrorPath',
  'CausePath',
] as const;

/** Numbers that JSONata may compute; JSONPath has a field of its own for that. */
const computed = [
  'Seconds',
  'TimeoutSeconds',
  'HeartbeatSeconds',
  'MaxConcurrency',
  'MaxItemsPerBatch',
  'MaxInputBytesPerBatch',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
] as const;

/** Fields that say the same thing. */
const alternatives = [
  ['Next', 'End'],
  ['Error', 'ErrorPath'],
  ['Cause', 'CausePath'],
  ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  ['TimeoutSeconds', 'TimeoutSecondsPath'],
  ['HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ['MaxConcurrency', 'MaxConcurrencyPath'],
  ['MaxItemsPerBatch', 'MaxItemsPerBatchPath'],
  ['MaxInputBytesPerBatch', 'MaxInputBytesPerBatchPath'],
  ['ToleratedFailureCount', 'ToleratedFailureCountPath'],
  ['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'],
  ['ItemProcessor', 'Iterator'],
  ['ItemSelector', 'Parameters'],
] as const;

/** Fields of the other query language, and fields that exclude each other, in a state or a part of one. */
export function checkFields(
  part: object,
  language: QueryLanguage,
  at: string,
  faults: Faults,
): void {
  const [foreign, home] =
    language === 'JSONata'
      ? [jsonpathOnly, 'JSONPath' as const]
      : [jsonataOnly, 'JSONata' as const];
  for (const field of foreign)
    if (field in part) faults.schema(isForeign(field, language, home), at);
  if (language === 'JSONPath')
    for (const [field, value] of Object.entries(part))
      if (typeof value === 'string' && computed.some((one) => one === field))
        faults.schema('Expected value of type Integer', `${at}/${field}`);
  for (const fields of alternatives)
    if (fields.filter((field) => says(part, field)).length > 1)
      faults.schema(`There should only be one of the following fields: [${fields.join(', ')}]`, at);
}

/** `"End": false` says nothing. */
export function says(part: object, field: string): boolean {
  return Object.entries(part).some(
    ([name, value]) => name === field && !(name === 'End' && value === false),
  );
}

export function isForeign(field: string, language: QueryLanguage, home: QueryLanguage): string {
  return `The QueryLanguage is set to '${language}', but field '${field}' is only supported for the '${home}' QueryLanguage`;
}
