import type Stripe from 'stripe';
import * as z from 'zod';
import { missing } from './errors.ts';
import type { Form } from './form.ts';
import { type ApiList, listPage, listParams } from './lists.ts';
import { address, expand, mergeMetadata, metadata, parse, shipping, text } from './params.ts';
import { Collection } from './store.ts';
import type { World } from './world.ts';

const customer = z.object({
  id: z.string(),
  created: z.number(),
  deleted: z.boolean(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  phone: z.string().nullable(),
  description: z.string().nullable(),
  address: address.nullable(),
  shipping: shipping.nullable(),
  metadata: z.record(z.string(), z.string()),
  default_payment_method: z.string().nullable(),
  invoice_prefix: z.string(),
});
export type CustomerRecord = z.output<typeof customer>;

const optionalText = z.string().optional();
const changes = {
  name: optionalText,
  email: optionalText,
  phone: optionalText,
  description: optionalText,
  address: address.optional(),
  shipping: shipping.optional(),
  metadata: metadata.optional(),
  invoice_settings: z.strictObject({ default_payment_method: text.optional() }).optional(),
  expand,
};
const createParams = z.strictObject({ ...changes, payment_method: text.optional() });
const updateParams = z.strictObject(changes);
const listCustomers = z.strictObject({ ...listParams, email: text.optional() });

export class Customers {
  private readonly world: World;
  private readonly records: Collection<CustomerRecord>;

  constructor(world: World) {
    this.world = world;
    this.records = new Collection(world.store, 'customer', customer, world.now);
  }

  create(form: Form): Stripe.Customer {
    const { payment_method: _, ...params } = parse(createParams, form);
    const record = this.records.put({
      id: this.world.id('cus_'),
      created: this.world.seconds(),
      deleted: false,
      name: params.name || null,
      email: params.email || null,
      phone: params.phone || null,
      description: params.description || null,
      address: params.address ?? null,
      shipping: params.shipping ?? null,
      metadata: mergeMetadata({}, params.metadata),
      default_payment_method: params.invoice_settings?.default_payment_method ?? null,
      invoice_prefix: this.world.id('').slice(0, 8).toUpperCase(),
    });
    const rendered = this.render(record);
    this.world.emit('customer.created', rendered);
    return rendered;
  }

  /** @throws StripeFault `resource_missing`, `param` saying where the id stood in the request */
  live(id: string, param: string, status = 400): CustomerRecord {
    const found = this.records.get(id);
    if (found === undefined || found.deleted) throw missing('customer', id, param, status);
    return found;
  }

  retrieve(id: string): Stripe.Customer | Stripe.DeletedCustomer {
    const found = this.records.get(id);
    if (found === undefined) throw missing('customer', id, 'id');
    return found.deleted ? { id, object: 'customer', deleted: true } : this.render(found);
  }

  update(id: string, form: Form): Stripe.Customer {
    const params = parse(updateParams, form);
    const before = this.live(id, 'id', 404);
    const text = (change: string | undefined, current: string | null) =>
      change === undefined ? current : change || null;
    const after = this.records.put({
      ...before,
      name: text(params.name, before.name),
      email: text(params.email, before.email),
      phone: text(params.phone, before.phone),
      description: text(params.description, before.description),
      address: params.address ?? before.address,
      shipping: params.shipping ?? before.shipping,
      metadata: mergeMetadata(before.metadata, params.metadata),
      default_payment_method:
        params.invoice_settings?.default_payment_method ?? before.default_payment_method,
    });
    const rendered = this.render(after);
    this.world.emit('customer.updated', rendered);
    return rendered;
  }

  remove(id: string): Stripe.DeletedCustomer {
    const before = this.live(id, 'id', 404);
    this.records.put({ ...before, deleted: true });
    this.world.emit('customer.deleted', this.render(before));
    return { id, object: 'customer', deleted: true };
  }

  list(form: Form): ApiList<Stripe.Customer> {
    const { email, ...page } = parse(listCustomers, form);
    const all = listPage(
      this.records,
      { created: page.created },
      page,
      '/v1/customers',
      (record) => record,
    );
    const wanted = all.data.filter(
      (record) => !record.deleted && (email === undefined || record.email === email),
    );
    return { ...all, data: wanted.map((record) => this.render(record)) };
  }

  private render(record: CustomerRecord): Stripe.Customer {
    const { deleted: _, default_payment_method, ...rest } = record;
    return {
      ...rest,
      object: 'customer',
      balance: 0,
      currency: null,
      customer_account: null,
      default_source: null,
      delinquent: false,
      discount: null,
      invoice_settings: {
        custom_fields: null,
        default_payment_method,
        footer: null,
        rendering_options: null,
      },
      livemode: false,
      next_invoice_sequence: 1,
      preferred_locales: [],
      tax_exempt: 'none',
      test_clock: null,
    } satisfies Stripe.Customer;
  }
}
