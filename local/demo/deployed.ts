import * as z from 'zod';
import { cancelledUnpaid, declinedFirst, straightWay } from './scenarios.ts';
import { Story } from './story.ts';
import { World } from './world.ts';

/** Access tokens of the three people, and where the deployed stage and Stripe answer. */
const environmentSchema = z.object({
  KASSA_API: z.url().transform((url) => url.replace(/\/$/, '')),
  KASSA_TOKEN_CUSTOMER: z.string().min(1),
  KASSA_TOKEN_WAREHOUSE: z.string().min(1),
  KASSA_TOKEN_COURIER: z.string().min(1),
  STRIPE_PUBLISHABLE_KEY: z.string().startsWith('pk_test_'),
  STRIPE_API_BASE: z.url().default('https://api.stripe.com'),
});
type Environment = z.infer<typeof environmentSchema>;

/** A deployed stage: real people's tokens, Stripe itself, and nobody who could move the clock. */
class Deployed extends World {
  readonly #tokens: ReadonlyMap<string, string>;

  constructor(environment: Environment) {
    const nowhere = 'only on the laptop';
    super(
      {
        api: environment.KASSA_API,
        stripe: environment.STRIPE_API_BASE,
        issuer: nowhere,
        control: nowhere,
        database: nowhere,
      },
      { publishable: environment.STRIPE_PUBLISHABLE_KEY, secret: nowhere },
    );
    this.#tokens = new Map([
      ['customer', environment.KASSA_TOKEN_CUSTOMER],
      ['warehouse', environment.KASSA_TOKEN_WAREHOUSE],
      ['courier', environment.KASSA_TOKEN_COURIER],
    ]);
  }

  override token(_sub: string, group: string): Promise<string> {
    const token = this.#tokens.get(group);
    if (token === undefined) return Promise.reject(new Error(`no token for the group ${group}`));
    return Promise.resolve(token);
  }
}

const world = new Deployed(environmentSchema.parse(process.env));
const story = new Story(world, (line) => console.log(line));
const goods = [{ sku: 'COF-ESP-250', quantity: 1 }];
for (const scenario of [straightWay, declinedFirst, cancelledUnpaid]) {
  await scenario({ world, story, goods });
}
