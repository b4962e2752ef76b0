import { expect, test } from 'vitest';
import { error, testMachine } from '../../../local/sfn/testing/index.ts';

const template = 'test/machines/engine/fixtures/Orders.template.json';

test('a busy stock is asked again, and an order that nobody pays is released', async () => {
  const mocks = { Reserve: [error('Busy'), { order: 'o-1' }], Release: {} };
  const run = await testMachine({ template }, { input: { order: 'o-1' }, mocks });
  await run.finish();
  expect(run.path).toEqual(['Reserve', 'Await payment', 'Release']);
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { released: true } });
});
