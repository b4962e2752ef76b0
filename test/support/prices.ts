import { priceTable } from '../../workflows/lint/price.ts';

/** What an order costs, after every whole run: the output of passing tests is not shown. */
export function teardown(): void {
  if (process.argv.slice(2).some((argument) => argument.includes('test/'))) return;
  console.log(`\n${priceTable()}\n`);
}
