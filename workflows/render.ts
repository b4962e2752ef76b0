import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { priceTable } from './lint/price.ts';
import { definitions } from './machines.ts';
import { type MachineName, machineNames, placeholders } from './references.ts';

export const aslDirectory = resolve(import.meta.dirname, '..', 'asl');

/** The file of a machine in asl/, with placeholders for ARNs. */
export function render(name: MachineName): { readonly file: string; readonly text: string } {
  return {
    file: join(aslDirectory, `${name}.asl.json`),
    text: `${JSON.stringify(definitions[name](placeholders), null, 2)}\n`,
  };
}

if (import.meta.main) {
  await mkdir(aslDirectory, { recursive: true });
  for (const name of machineNames) {
    const { file, text } = render(name);
    await writeFile(file, text);
    console.log(file);
  }
  console.log(`\n${priceTable()}`);
}
