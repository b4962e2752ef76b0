import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readRestApis } from '../../../local/apigateway/definition.ts';
import { restApiServer } from '../../../local/apigateway/server.ts';
import { buildGraph } from '../../../local/assembly/graph.ts';
import { loadAssembly } from '../../../local/assembly/load.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { listen, shut } from '../../../local/http.ts';

const start = Date.parse('2026-11-28T12:00:00Z');
const ann = 'annsKeyOfTwentyLetters';
const bob = 'bobsKeyOfTwentyLetters';
const free = 'freeKeyOfTwentyLetters';
const off = 'disabledKeyOfTwentyLetters';
const stray = 'keyOfNoPlanOfTwentyLetters';

type Resources = Record<string, { readonly Type: string; readonly Properties: object }>;

const gateway = (type: string, Properties: object) => ({
  Type: `AWS::ApiGateway::${type}`,
  Properties,
});
const key = (Value: string, Enabled = true) => gateway('ApiKey', { Value, Enabled });
const ref = (Ref: string) => ({ Ref });
const inPlan = (KeyId: string, UsagePlanId = 'Plan') =>
  gateway('UsagePlanKey', { KeyId: ref(KeyId), KeyType: 'API_KEY', UsagePlanId: ref(UsagePlanId) });

/** `GET /` asks for a key; the caller names it where the authorizer would, or in the header. */
function template(source: 'HEADER' | 'AUTHORIZER', plan: object): Resources {
  const covers = { ApiStages: [{ ApiId: ref('Api'), Stage: ref('Live') }] };
  return {
    Api: gateway('RestApi', { Name: 'api', ApiKeySourceType: source }),
    Live: gateway('Stage', { RestApiId: ref('Api'), StageName: 'v1' }),
    Door: gateway('Authorizer', {
      RestApiId: ref('Api'),
      Type: 'REQUEST',
      AuthorizerUri: 'arn:aws:apigateway:x:lambda:path/2015-03-31/functions/door/invocations',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 0,
    }),
    Read: gateway('Method', {
      RestApiId: ref('Api'),
      ResourceId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] },
      HttpMethod: 'GET',
      ApiKeyRequired: true,
      ...(source === 'AUTHORIZER'
        ? { AuthorizationType: 'CUSTOM', AuthorizerId: ref('Door') }
        : {}),
      Integration: { Type: 'MOCK', IntegrationResponses: [{ StatusCode: '200' }] },
    }),
    Plan: gateway('UsagePlan', { ...covers, ...plan }),
    Unlimited: gateway('UsagePlan', covers),
    Elsewhere: gateway('UsagePlan', { ApiStages: [] }),
    Ann: key(ann),
    Bob: key(bob),
    Free: key(free),
    Off: key(off, false),
    Stray: key(stray),
    AnnInPlan: inPlan('Ann'),
    BobInPlan: inPlan('Bob'),
    FreeInPlan: inPlan('Free', 'Unlimited'),
    OffInPlan: inPlan('Off'),
    StrayElsewhere: inPlan('Stray', 'Elsewhere'),
  };
}

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function serve(source: 'HEADER' | 'AUTHORIZER', plan: object) {
  const directory = mkdtempSync(join(tmpdir(), 'kassa-usage-'));
  ends.push(async () => rmSync(directory, { recursive: true, force: true }));
  const stack = {
    type: 'aws:cloudformation:stack',
    environment: 'aws://unknown-account/unknown-region',
    properties: { templateFile: 'A.template.json', stackName: 'A' },
  };
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify({ version: '1', artifacts: { A: stack } }),
  );
  writeFileSync(
    join(directory, 'A.template.json'),
    JSON.stringify({ Resources: template(source, plan) }),
  );
  const graph = buildGraph(loadAssembly(directory), {
    postgres: { host: '127.0.0.1', port: 5432 },
    redis: { host: '127.0.0.1', port: 6379 },
    sqsUrl: 'http://127.0.0.1:1',
    issuer: (pool) => `http://127.0.0.1:2/${pool}`,
    secret: (reference) => reference,
  });
  const [api] = readRestApis(graph);
  if (api === undefined) throw new Error('no API');
  const clock = new VirtualClock({ stoppedAt: start });
  const { server } = restApiServer(api, {
    clock,
    // The authorizer counts under the key that the Authorization header names.
    invoke: async (_, payload) => ({
      requestId: 'r-1',
      payload: {
        principalId: 'x',
        usageIdentifierKey: /"Authorization":"([^"]*)"/i.exec(JSON.stringify(payload))?.[1],
        policyDocument: {
          Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
        },
      },
    }),
  });
  const url = await listen(server, 0);
  ends.push(async () => {
    await shut(server);
    clock.close();
  });
  const call = async (headers: Readonly<Record<string, string>>) => {
    const response = await fetch(url, { headers });
    await response.text();
    const type = response.headers.get('x-amzn-errortype');
    return type === null ? response.status : `${response.status} ${type}`;
  };
  return {
    clock,
    call,
    as: (name: string, times: number) => {
      const all = Array.from({ length: times });
      return all.reduce<Promise<(number | string)[]>>(
        async (before) => [...(await before), await call({ Authorization: name })],
        Promise.resolve([]),
      );
    },
  };
}

const throttled = '429 THROTTLED';
const exceeded = '429 QUOTA_EXCEEDED';
const invalid = '403 INVALID_API_KEY';

describe('a plan’s rate', () => {
  const plan = { Throttle: { RateLimit: 2, BurstLimit: 3 } };

  test('lets the burst through at once, then as many a second as it says', async () => {
    const { as, clock } = await serve('AUTHORIZER', plan);
    expect(await as(ann, 5)).toEqual([200, 200, 200, throttled, throttled]);
    await clock.advance(499);
    expect(await as(ann, 1)).toEqual([throttled]);
    await clock.advance(1);
    expect(await as(ann, 2)).toEqual([200, throttled]);
    await clock.advance(3_600_000);
    expect(await as(ann, 4)).toEqual([200, 200, 200, throttled]);
  });

  test('is each key’s own', async () => {
    const { as } = await serve('AUTHORIZER', plan);
    expect(await as(ann, 4)).toEqual([200, 200, 200, throttled]);
    expect(await as(bob, 4)).toEqual([200, 200, 200, throttled]);
  });

  test('is no limit for a key of a plan without one', async () => {
    const { as } = await serve('AUTHORIZER', plan);
    expect(new Set(await as(free, 20))).toEqual(new Set([200]));
  });
});

describe('a plan’s quota', () => {
  // 2026-11-28 is a Saturday.
  test.each([
    ['DAY', 12],
    ['WEEK', 12],
    ['MONTH', 60],
  ] as const)('of a %s comes back %i hours later, and not before', async (Period, hours) => {
    const { as, clock } = await serve('AUTHORIZER', { Quota: { Limit: 2, Period } });
    expect(await as(ann, 3)).toEqual([200, 200, exceeded]);
    await clock.advance(hours * 3_600_000 - 1);
    expect(await as(ann, 1)).toEqual([exceeded]);
    await clock.advance(1);
    expect(await as(ann, 3)).toEqual([200, 200, exceeded]);
  });

  test('is not used up by what the rate refuses', async () => {
    const { as, clock } = await serve('AUTHORIZER', {
      Throttle: { RateLimit: 1, BurstLimit: 1 },
      Quota: { Limit: 2, Period: 'DAY' },
    });
    expect(await as(ann, 3)).toEqual([200, throttled, throttled]);
    await clock.advance(1000);
    expect(await as(ann, 1)).toEqual([200]);
    await clock.advance(1000);
    expect(await as(ann, 1)).toEqual([exceeded]);
  });
});

describe('a method that asks for a key', () => {
  test('is closed to a key there is not, that is off, or whose plan is for another API', async () => {
    const { as } = await serve('AUTHORIZER', {});
    for (const wrong of ['made-up', off, stray]) expect(await as(wrong, 1)).toEqual([invalid]);
    expect(await as(ann, 1)).toEqual([200]);
  });

  test('takes it from the authorizer alone, or from the header alone, as the API says', async () => {
    const fromAuthorizer = await serve('AUTHORIZER', {});
    const header = { 'x-api-key': ann };
    expect(await fromAuthorizer.call({ Authorization: 'nothing', ...header })).toBe(invalid);
    const fromHeader = await serve('HEADER', {});
    expect(await fromHeader.call(header)).toBe(200);
    expect(await fromHeader.call({ Authorization: ann })).toBe(invalid);
  });
});

test('limits of single methods are refused by name', async () => {
  const ApiStages = [
    { ApiId: ref('Api'), Stage: 'v1', Throttle: { '/GET': { RateLimit: 1, BurstLimit: 1 } } },
  ];
  await expect(serve('AUTHORIZER', { ApiStages })).rejects.toThrow(/Plan.*Throttle/s);
});
