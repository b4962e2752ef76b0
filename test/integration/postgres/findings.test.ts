import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createHeardStore } from '../../../adapters/postgres/heard-store.ts';
import { differenceKinds } from '../../../domain/payments/books.ts';
import { ledgerDifferenceKinds } from '../../../domain/payments/ledger.ts';
import { metrics } from '../../../functions/shared/telemetry.ts';
import { tellFindings } from '../../../functions/tell-findings/tell.ts';
import { useDatabase } from '../../support/database.ts';
import { at } from '../../support/shop.ts';

const db = useDatabase();
const migrations = resolve(import.meta.dirname, '../../../adapters/postgres/migrations');

/** Every kind that any function of the database or any store of ours keeps. */
function kinds(): readonly string[] {
  const inSql = readdirSync(migrations).flatMap((name) =>
    [
      ...readFileSync(join(migrations, name), 'utf8').matchAll(
        /(?:add_finding\(|insert into findings [^;]*?values \()'([a-z_]+)'/g,
      ),
    ].map(([, kind = '']) => kind),
  );
  return [...new Set([...inSql, ...differenceKinds, ...ledgerDifferenceKinds, 'step_failed'])];
}

async function tell(seconds: number): Promise<Readonly<Record<string, number>>> {
  const counted = vi.spyOn(metrics, 'addMetric').mockReset();
  const findings = createHeardStore(db.sql);
  await tellFindings({ findings }, { now: at(seconds), remaining: () => 60_000 });
  return Object.fromEntries(counted.mock.calls.map(([name, , value]) => [name, value]));
}

test('every kind of finding is told of once, whoever kept it', async () => {
  expect(kinds()).toEqual(
    expect.arrayContaining(['runs_exhausted', 'foreign_intent', 'delivery_after_settled']),
  );
  for (const kind of kinds()) {
    await db.admin`select kassa.add_finding(${kind}, null, null, '{}', ${at(0)})`;
  }
  const count = kinds().length;
  expect(await tell(60)).toEqual({
    FindingRecorded: count,
    FindingsOpen: count,
    FindingsOldestAge: 60,
  });
  expect(await tell(120)).toEqual({
    FindingRecorded: 0,
    FindingsOpen: count,
    FindingsOldestAge: 120,
  });
});

test('one that is kept again after it was settled is told of again', async () => {
  const keep = (seconds: number) =>
    db.admin`select kassa.add_finding('dispute_lost', null, null, '{}', ${at(seconds)})`;
  await keep(0);
  await keep(1);
  expect(await tell(60)).toMatchObject({ FindingRecorded: 1, FindingsOpen: 1 });
  await db.admin`update kassa.findings set resolved_at = ${at(61)}`;
  expect(await tell(62)).toEqual({ FindingRecorded: 0, FindingsOpen: 0, FindingsOldestAge: 0 });
  await keep(63);
  expect(await tell(120)).toEqual({ FindingRecorded: 1, FindingsOpen: 1, FindingsOldestAge: 57 });
});

test('one of a transaction that commits later than its neighbours is not passed over', async () => {
  const keep = (kind: string) =>
    db.admin`select kassa.add_finding(${kind}, null, null, '{}', ${at(0)})`;
  const written = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const slow = db.admin.begin(async (transaction) => {
    await transaction`select kassa.add_finding('dispute_opened', null, null, '{}', ${at(0)})`;
    written.resolve();
    await gate.promise;
  });
  await written.promise;
  await keep('dispute_lost');
  expect(await tell(60)).toMatchObject({ FindingRecorded: 1 });
  gate.resolve();
  await slow;
  expect(await tell(120)).toMatchObject({ FindingRecorded: 1 });
});
