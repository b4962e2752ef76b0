import { type Area, end, jsonata, jsonpath, spec } from '../case.ts';

const wait = (more: object): object => jsonpath({ W: { Type: 'Wait', ...more, ...end } });
const waitJsonata = (more: object): object => jsonata({ W: { Type: 'Wait', ...more, ...end } });
const source = spec('Wait State');

export const waitArea: Area = {
  area: 'Wait',
  rules: [
    {
      rule: 'Seconds',
      source,
      cases: [
        {
          definition: wait({ Seconds: 10 }),
          input: { a: 1 },
          expect: {
            took: 10,
            output: { a: 1 },
            events: [
              ['WaitStateEntered', 0],
              ['WaitStateExited', 2],
              ['ExecutionSucceeded', 3],
            ],
          },
        },
        { definition: wait({ Seconds: 0 }), expect: { took: 0 } },
        {
          definition: waitJsonata({ Seconds: '{% $states.input.s * 2 %}' }),
          input: { s: 3 },
          expect: { took: 6 },
        },
      ],
    },
    {
      rule: 'SecondsPath',
      source,
      cases: [
        { definition: wait({ SecondsPath: '$.s' }), input: { s: 7 }, expect: { took: 7 } },
        {
          definition: wait({ SecondsPath: '$.s' }),
          input: { s: -1 },
          expect: {
            error: 'States.Runtime',
            cause: '… The SecondsPath parameter references a negative value: $.s == -1',
          },
        },
        {
          definition: wait({ SecondsPath: '$.s' }),
          input: { s: 'x' },
          expect: {
            error: 'States.Runtime',
            cause: '… The SecondsPath parameter cannot be parsed as a long value: $.s == x',
          },
        },
        {
          definition: wait({ SecondsPath: '$.s' }),
          expect: {
            error: 'States.Runtime',
            cause: '… The SecondsPath parameter does not reference an input value: $.s',
          },
        },
      ],
    },
    {
      rule: 'Timestamp',
      source,
      cases: [
        { definition: wait({ Timestamp: '2026-03-01T12:00:30Z' }), expect: { took: 30 } },
        { definition: wait({ Timestamp: '2026-03-01T13:00:30+01:00' }), expect: { took: 30 } },
        { definition: wait({ Timestamp: '2020-01-01T00:00:00Z' }), expect: { took: 0 } },
        {
          definition: waitJsonata({ Timestamp: '{% $states.input.t %}' }),
          input: { t: '2026-03-01T12:01:00.500Z' },
          expect: { took: 60.5 },
        },
        {
          definition: wait({ Timestamp: '2026-03-01T12:00:01.123456789Z' }),
          expect: { took: 1.123 },
        },
      ],
    },
    {
      rule: 'TimestampPath',
      source,
      cases: [
        {
          definition: wait({ TimestampPath: '$.t' }),
          input: { t: '2026-03-01T12:00:05Z' },
          expect: { took: 5 },
        },
        {
          definition: wait({ TimestampPath: '$.t' }),
          input: { t: 'soon' },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == soon',
          },
        },
        ...[
          '2026-03-01',
          '2026-03-01T12:00:00',
          '2026-02-30T12:00:00Z',
          '2026-03-01t12:00:00z',
          '2026-03-01T24:00:00Z',
        ].map((t) => ({
          definition: wait({ TimestampPath: '$.t' }),
          input: { t },
          expect: {
            error: 'States.Runtime',
            cause: `… The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == ${t}`,
          },
        })),
        {
          definition: wait({ TimestampPath: '$.t' }),
          input: { t: 5 },
          expect: {
            error: 'States.Runtime',
            cause:
              '… The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: $.t == 5',
          },
        },
        {
          definition: wait({ TimestampPath: '$.t' }),
          expect: {
            error: 'States.Runtime',
            cause: '… The TimestampPath parameter does not reference an input value: $.t',
          },
        },
      ],
    },
    {
      rule: 'a time that is no time fails as a query in JSONata',
      source: 'localstack/localstack PR 12074 (compared with AWS)',
      cases: [
        {
          definition: waitJsonata({ Timestamp: '{% "soon" %}' }),
          expect: {
            error: 'States.QueryEvaluationError',
            cause:
              "… The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string: 'soon'",
            details: { EvaluationFailed: { location: 'Timestamp' } },
          },
        },
        {
          definition: waitJsonata({ Seconds: '{% -1 %}' }),
          expect: { error: 'States.QueryEvaluationError' },
        },
        {
          definition: waitJsonata({ Seconds: '{% "a" %}' }),
          expect: { error: 'States.QueryEvaluationError' },
        },
      ],
    },
    {
      rule: 'a Wait passes its input on, through OutputPath or Output',
      source,
      cases: [
        {
          definition: wait({ Seconds: 1, OutputPath: '$.a' }),
          input: { a: 2 },
          expect: { output: 2 },
        },
        {
          definition: waitJsonata({ Seconds: 1, Output: { o: '{% $states.input.a %}' } }),
          input: { a: 2 },
          expect: { output: { o: 2 } },
        },
      ],
    },
    {
      rule: 'a wait of a year is nothing special',
      source: 'Developer Guide, Service quotas',
      cases: [{ definition: wait({ Seconds: 2_000_000 }), expect: { took: 2_000_000 } }],
    },
  ],
};
