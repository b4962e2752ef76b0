import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { functionNames, specOf } from '../../infra/functions.ts';
import { stageOf } from '../../infra/stages.ts';
import { type Assembly, synthesize } from './assembly.ts';

/** How much may run at a time. */
describe.each(['prod', 'staging', 'branch-x'])('%s', (stage) => {
  let assembly: Assembly;
  beforeAll(async () => {
    assembly = await synthesize(stage);
  }, 120_000);

  it('keeps invocations for what must get in, in prod alone, and takes them from nobody else', () => {
    const reserved = assembly
      .ofType('AWS::Lambda::Function')
      .filter(({ properties }) => properties['ReservedConcurrentExecutions'] !== undefined)
      .map(({ properties }) => [
        String(properties['FunctionName']).replace(`kassa-${stage}-`, ''),
        properties['ReservedConcurrentExecutions'],
      ]);
    const asked = functionNames
      .map((name) => [name, specOf(name).reserved] as const)
      .filter(([, many]) => many !== undefined);
    expect(asked.map(([name]) => name)).toEqual(['stripe-webhook']);
    expect(reserved).toEqual(stage === 'prod' ? asked : []);
    expect(stageOf(stage).reservesConcurrency).toBe(stage === 'prod');
  });

  it('what reads a queue or a stream is bounded by its mapping', () => {
    const mappings = assembly.ofType('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBeGreaterThan(4);
    for (const { properties, where } of mappings) {
      if (properties['StartingPosition'] !== undefined) {
        // One invocation a shard.
        expect(properties['ParallelizationFactor'] ?? 1, where).toBe(1);
      } else {
        const { MaximumConcurrency } = z
          .looseObject({ MaximumConcurrency: z.int() })
          .parse(properties['ScalingConfig'], { error: () => where });
        expect(MaximumConcurrency, where).toBeLessThanOrEqual(10);
      }
    }
  });

  it('the API is throttled', () => {
    const [api] = assembly.ofType('AWS::ApiGateway::Stage');
    const { throttle } = stageOf(stage);
    expect(api?.properties['MethodSettings']).toMatchObject([
      {
        ResourcePath: '/*',
        HttpMethod: '*',
        ThrottlingRateLimit: throttle.rate,
        ThrottlingBurstLimit: throttle.burst,
      },
    ]);
  });
});
