import { describe, expect, it } from 'vitest';
import { shop } from './harness.ts';
import { World } from './world.ts';

const stepsOf = (s: ReturnType<typeof shop>) => s.calls.map(({ step }) => step);

describe('reconciliation', () => {
  it('compares page by page, then looks through Stripe’s lists, and ends', async () => {
    const world = new World();
    world.toCompare = [['pi_a'], ['pi_b', 'pi_c']];
    world.toList = ['intents', 'refunds'];
    const s = shop(world);
    expect(await s.run('reconciliation')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s)).toEqual([
      ...['compare-books', 'read-ledger', 'compare-books', 'read-ledger', 'compare-books'],
      ...['match-ledger', 'list-ledger', 'match-ledger', 'list-ledger', 'match-ledger'],
    ]);
    expect(world).toMatchObject({ toCompare: [], toList: [], matched: ['intents', 'refunds'] });
    expect([...world.compared]).toEqual(['pi_a', 'pi_b', 'pi_c']);
    expect(s.violations).toEqual([]);
  });

  it('hands one payment on as a list of one, with how far the list was followed', async () => {
    const world = new World();
    world.toCompare = [['pi_a']];
    const s = shop(world);
    await s.run('reconciliation');
    const compared = s.calls.filter(({ step }) => step === 'compare-books');
    expect(compared.map(({ input }) => input)).toMatchObject([
      { asked: [], answers: [], mark: null },
      {
        asked: [{ paymentIntentId: 'pi_a' }],
        answers: [{ paymentIntentId: 'pi_a', known: true }],
        mark: { generation: 1 },
      },
    ]);
    expect(s.violations).toEqual([]);
  });

  it('goes on behind a page whose payments have no intent, without asking Stripe', async () => {
    const world = new World();
    world.toCompare = [[], ['pi_a']];
    const s = shop(world);
    expect(await s.run('reconciliation')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s).filter((step) => step === 'read-ledger')).toHaveLength(1);
    expect([...world.compared]).toEqual(['pi_a']);
  });

  it('looks twice at what differs, more than ten minutes apart, and tells of it only then', async () => {
    const world = new World();
    world.toCompare = [['pi_a', 'pi_b']];
    world.differing.add('pi_b');
    const s = shop(world);
    await s.run('reconciliation');
    const [first, second] = s.calls.filter(({ step }) => step === 'read-ledger');
    expect(Object(second?.input).payments).toMatchObject([{ paymentIntentId: 'pi_b' }]);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(600_000);
    expect(world.found).toEqual(['pi_b']);
  });

  it('asks again about an intent that Stripe did not answer about', async () => {
    const world = new World();
    world.toCompare = [['pi_a', 'pi_b']];
    world.unanswered.add('pi_a');
    const s = shop(world);
    expect(await s.run('reconciliation')).toMatchObject({ status: 'SUCCEEDED' });
    expect([...world.compared].sort()).toEqual(['pi_a', 'pi_b']);
  });

  it('ends within its bounds however much there is to do; the next night goes on', async () => {
    const world = new World();
    world.toCompare = Array.from({ length: 410 }, (_, index) => [`pi_${index}`]);
    world.toList = Array.from({ length: 210 }, () => 'intents');
    const s = shop(world);
    expect(await s.run('reconciliation')).toMatchObject({ status: 'SUCCEEDED' });
    expect(stepsOf(s).filter((step) => step === 'read-ledger')).toHaveLength(400);
    expect(stepsOf(s).filter((step) => step === 'list-ledger')).toHaveLength(200);
    expect(world.toCompare).toHaveLength(10);
  });

  it('that cannot go on fails by name and loses nothing', async () => {
    const world = new World();
    world.toCompare = [['pi_a'], ['pi_b']];
    const s = shop(world, [
      { step: 'read-ledger', error: 'NotYetFault', effect: 'before', times: 1 },
    ]);
    expect(await s.run('reconciliation')).toMatchObject({
      status: 'FAILED',
      error: 'ReconciliationUnfinished',
    });
    expect(world.toCompare).toEqual([['pi_a'], ['pi_b']]);
  });
});
