import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import * as z from 'zod';
import { type Cloud, startCloud } from '../../local/cloud.ts';
import { ask } from '../../local/demo/http.ts';
import { World } from '../../local/demo/world.ts';
import { prepareAssembly } from '../../local/prepare.ts';
import { root } from './assembly.ts';

/** The whole shop from the synthesized assembly, on free ports and an empty state folder. */
export interface Shop {
  readonly cloud: Cloud;
  readonly world: World;
  readonly sql: postgres.Sql;
  /** Everything the shop keeps on the disk. */
  readonly stateDir: string;
  close(): Promise<void>;
}

export const addressesSchema = z.looseObject({
  api: z.string(),
  stripe: z.string(),
  issuer: z.string(),
  control: z.string(),
  database: z.string(),
  sfn: z.string(),
  stripeKeys: z.looseObject({ publishable: z.string(), secret: z.string() }),
});

export async function startShop(): Promise<Shop> {
  const stateDir = mkdtempSync(join(tmpdir(), 'kassa-test-'));
  const cloud = await startCloud({
    assemblyDir: prepareAssembly(root, { stage: undefined, report: () => undefined }),
    stateDir,
  });
  const addresses = await ask(`${cloud.controlUrl}/addresses`, addressesSchema);
  const sql = postgres(cloud.databaseUrl, {
    max: 2,
    onnotice: () => undefined,
    connection: { search_path: 'kassa' },
  });
  return {
    cloud,
    world: new World(addresses, addresses.stripeKeys),
    sql,
    stateDir,
    async close() {
      await sql.end({ timeout: 5 });
      await cloud.close();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
