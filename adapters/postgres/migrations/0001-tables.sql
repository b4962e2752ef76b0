-- Everything lives in the schema kassa. Amounts are in minor units, weights in grams, quantities in pieces.
-- Tables that are updated in place keep room in their pages, so that an update stays on its page.
create schema kassa;
set local search_path = kassa, pg_temp;

create table products (
  sku text primary key,
  name text not null,
  category text not null,
  unit_price bigint not null check (unit_price >= 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  weight int not null check (weight > 0),
  active boolean not null
);

-- The last wall against overselling: no code path can reserve more than lies on the shelf.
create table stock (
  sku text primary key references products,
  on_hand int not null check (on_hand >= 0),
  reserved int not null check (reserved >= 0),
  check (reserved <= on_hand)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

create table stock_movements (
  movement_id bigint generated always as identity primary key,
  sku text not null,
  order_id uuid,
  reason text not null check (reason in ('receipt', 'reserve', 'release', 'pack', 'correction')),
  on_hand_change int not null,
  reserved_change int not null,
  at timestamptz not null,
  check (on_hand_change <> 0 or reserved_change <> 0)
);

-- The id is made from customer and content, so keeping an address twice keeps it once.
create table order_addresses (
  address_id uuid primary key,
  customer_id text not null,
  address jsonb not null,
  kept_at timestamptz not null
);

-- One row a request that stands; it goes when nothing stands, and the key may be used again.
create table checkout_requests (
  customer_id text not null,
  idempotency_key text not null,
  body_hash text not null,
  order_id uuid not null,
  primary key (customer_id, idempotency_key)
);

create table orders (
  order_id uuid primary key,
  generation int not null check (generation >= 1),
  customer_id text not null,
  idempotency_key text not null,
  status text not null check (status in ('awaiting_payment', 'authorised', 'confirmed', 'packed',
    'out_for_delivery', 'delivered', 'expired', 'cancelled', 'released')),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  items_total bigint not null check (items_total >= 0),
  shipping_total bigint not null check (shipping_total >= 0),
  total bigint not null check (total > 0),
  shortage_policy text not null check (shortage_policy in ('partial', 'nothing')),
  address_id uuid not null,
  correlation_id text not null,
  -- Rises by one with every event, under this row's lock.
  event_sequence int not null check (event_sequence >= 1),
  placed_at timestamptz not null,
  expires_at timestamptz not null,
  changed_at timestamptz not null,
  cancelled_by text,
  cancel_role text check (cancel_role in ('customer', 'warehouse', 'operations')),
  cancel_reason text,
  check (total = items_total + shipping_total)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index orders_overdue on orders (expires_at) where status = 'awaiting_payment';
create index orders_of_customer on orders (customer_id, placed_at, order_id);
create index orders_unpicked on orders (changed_at) where status = 'confirmed';

create table order_lines (
  order_id uuid not null references orders,
  line int not null,
  sku text not null,
  name text not null,
  quantity int not null check (quantity > 0),
  unit_price bigint not null check (unit_price >= 0),
  weight int not null check (weight > 0),
  primary key (order_id, line)
);

-- One row a SKU of an order, whatever the number of its lines.
create table reservations (
  order_id uuid not null references orders,
  sku text not null,
  quantity int not null check (quantity > 0),
  status text not null check (status in ('held', 'committed', 'released', 'packed')),
  primary key (order_id, sku)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

create table payments (
  order_id uuid not null references orders,
  generation int not null check (generation >= 1),
  status text not null check (status in ('pending', 'intent_unknown', 'requires_payment', 'authorised',
    'voiding', 'voided', 'captured')),
  payment_intent_id text unique,
  client_secret text,
  currency text not null,
  amount bigint not null check (amount > 0),
  captured_amount bigint not null default 0 check (captured_amount >= 0),
  created_at timestamptz not null,
  intent_recorded_at timestamptz,
  changed_at timestamptz not null,
  -- When the sweep for missing executions last looked at it.
  swept_at timestamptz,
  primary key (order_id, generation),
  check (captured_amount <= amount),
  check ((status = 'captured') = (captured_amount > 0)),
  check (status not in ('requires_payment', 'authorised', 'captured') or payment_intent_id is not null)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index payments_open on payments (changed_at)
  where status in ('pending', 'intent_unknown', 'requires_payment', 'authorised', 'voiding');

create table refunds (
  refund_id uuid primary key,
  order_id uuid not null,
  generation int not null,
  refund_key text not null unique,
  amount bigint not null check (amount > 0),
  status text not null check (status in ('requested', 'pending', 'succeeded', 'failed')),
  reason text not null,
  stripe_refund_id text unique,
  requested_by text not null,
  requested_at timestamptz not null,
  foreign key (order_id, generation) references payments
);

-- due_at: when it may be sent (again); a lease moves it to the lease's end.
create table mailbox (
  order_id uuid not null,
  step text not null check (step in ('payment', 'pick', 'delivery')),
  round int not null check (round >= 1),
  token text,
  run int,
  redrive_count int,
  entered_at timestamptz,
  retry_count int,
  token_at timestamptz,
  outcome jsonb,
  outcome_at timestamptz,
  due_at timestamptz not null,
  attempts int not null default 0,
  settled_at timestamptz,
  settled_as text check (settled_as in ('sent', 'closed')),
  primary key (order_id, step, round),
  check ((settled_at is null) = (settled_as is null)),
  check (token is null or (run is not null and redrive_count is not null and entered_at is not null
    and retry_count is not null))
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index mailbox_due on mailbox (due_at)
  where token is not null and outcome is not null and settled_at is null;

create table webhook_inbox (
  event_id text primary key,
  order_id uuid,
  webhook jsonb not null,
  kept_at timestamptz not null,
  due_at timestamptz not null,
  attempts int not null default 0,
  processed_at timestamptz,
  result text,
  check ((processed_at is null) = (result is null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index webhook_inbox_due on webhook_inbox (due_at) where processed_at is null;
create index webhook_inbox_of_order on webhook_inbox (order_id) where processed_at is null;

create table outbox (
  outbox_id bigint generated always as identity primary key,
  kind text not null check (kind in ('event', 'execution')),
  order_id uuid not null,
  generation int not null,
  -- Events.
  sequence int,
  source text,
  type text,
  detail jsonb,
  -- Executions.
  machine text check (machine in ('payment', 'fulfilment', 'settlement')),
  run int check (run >= 1),
  input jsonb,
  created_at timestamptz not null,
  due_at timestamptz not null,
  attempts int not null default 0,
  settled_at timestamptz,
  settled_as text check (settled_as in ('done', 'failed_execution')),
  check ((settled_at is null) = (settled_as is null)),
  check (kind <> 'event' or (sequence is not null and source is not null and type is not null and detail is not null)),
  check (kind <> 'execution' or (machine is not null and run is not null and input is not null))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
create index outbox_due on outbox (due_at) where settled_at is null;
create unique index outbox_events on outbox (order_id, sequence) where kind = 'event';
create unique index outbox_executions on outbox (order_id, machine, generation, run) where kind = 'execution';

create table warehouse_tasks (
  task_id uuid primary key,
  order_id uuid not null references orders,
  round int not null check (round >= 1),
  status text not null check (status in ('open', 'claimed', 'packed', 'cancelled')),
  claimed_by text,
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  unique (order_id, round),
  check (status not in ('claimed', 'packed') or claimed_by is not null)
) with (fillfactor = 80);
create index warehouse_tasks_open on warehouse_tasks (opened_at, task_id) where status = 'open';
create index warehouse_tasks_claimed on warehouse_tasks (claimed_by, opened_at, task_id) where status = 'claimed';

-- What machines could not undo and people must see. The same finding stands open once.
create table findings (
  finding_id bigint generated always as identity primary key,
  kind text not null,
  order_id uuid,
  generation int,
  detail jsonb not null,
  at timestamptz not null,
  resolved_at timestamptz
);
create unique index findings_open on findings (kind, order_id, generation, md5(detail::text)) nulls not distinct
  where resolved_at is null;
