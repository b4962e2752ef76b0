import type { Cloud } from './cloud.ts';

/** One screen after the start: where everything listens, and calls that work as pasted. */
export function screen(cloud: Cloud): string {
  const addresses: readonly (readonly [string, string, string])[] = [
    ['API', cloud.apiUrl, ''],
    [
      'Step Functions',
      cloud.sfnUrl,
      `aws stepfunctions --endpoint-url ${cloud.sfnUrl} list-state-machines`,
    ],
    ['PostgreSQL', cloud.databaseUrl, ''],
    ['Control', cloud.controlUrl, 'GET /status, GET /clock, POST /clock/advance'],
  ];
  return [
    ...addresses.map(
      ([name, url, note]) => `  ${name.padEnd(16)}${url}${note === '' ? '' : `   ${note}`}`,
    ),
    '',
    'Try:',
    `  curl -s ${cloud.apiUrl}/health`,
    `  curl -s -X POST ${cloud.controlUrl}/clock/advance -d '{"seconds": 900}'   # a quarter of an hour later`,
    '',
    'Ctrl-C ends it; npm run reset forgets everything.',
  ].join('\n');
}
