-- What orders need that do not go straight: shortages, cancelling after packing, parcels that come back or get lost,
-- refunds, disputes, authorisations that end, and the brake of expiry.
set local search_path = kassa, pg_temp;

alter table orders drop constraint orders_status_check;
alter table orders add constraint orders_status_check check (status in ('awaiting_payment', 'authorised',
  'confirmed', 'packed', 'out_for_delivery', 'delivered', 'expired', 'cancelled', 'released', 'returning',
  'returned', 'lost'));
-- A packed order is wished to be cancelled; whether it is, the delivery's row decides.
alter table orders add column cancel_requested_at timestamptz;

alter table reservations drop constraint reservations_status_check;
alter table reservations add constraint reservations_status_check
  check (status in ('held', 'committed', 'released', 'packed', 'returned'));
-- Who holds pieces of a SKU, for corrections.
create index reservations_live on reservations (sku) where status in ('held', 'committed');
-- Orders of a SKU, newest last: order ids rise with time.
create index order_lines_of_sku on order_lines (sku, order_id);

alter table warehouse_tasks add column kind text not null default 'pick' check (kind in ('pick', 'return'));
alter table warehouse_tasks drop constraint warehouse_tasks_status_check;
alter table warehouse_tasks add constraint warehouse_tasks_status_check
  check (status in ('open', 'claimed', 'packed', 'short', 'received', 'cancelled'));
alter table warehouse_tasks drop constraint warehouse_tasks_order_id_round_key;
create unique index warehouse_tasks_of_order on warehouse_tasks (order_id, kind, round);
drop index warehouse_tasks_open;
create index warehouse_tasks_open on warehouse_tasks (kind, opened_at, task_id) where status = 'open';
alter table warehouse_tasks add check (
  (kind = 'pick' and status <> 'received') or (kind = 'return' and status not in ('packed', 'short')));

alter table mailbox drop constraint mailbox_step_check;
alter table mailbox add constraint mailbox_step_check check (step in ('payment', 'pick', 'delivery', 'return'));

alter table stock_movements drop constraint stock_movements_reason_check;
alter table stock_movements add constraint stock_movements_reason_check check (reason in ('receipt', 'reserve',
  'release', 'pack', 'correction', 'restock', 'write_off'));
-- Who changed the stock by hand, and why.
alter table stock_movements add column subject text, add column note text;

-- One row a receipt or correction that was carried out, with what was answered.
create table stock_changes (
  subject text not null,
  idempotency_key text not null,
  request jsonb not null,
  answer jsonb not null,
  at timestamptz not null,
  primary key (subject, idempotency_key)
);

alter table payments
  add column authorised_until timestamptz,
  add column authorisation_warned_at timestamptz,
  add column processing_until timestamptz,
  -- When Stripe, asked by us, last said that nobody has paid.
  add column asked_unpaid_at timestamptz;
update payments set authorised_until = changed_at + interval '6 days' where status = 'authorised';
create index payments_authorised on payments (authorised_until) where status = 'authorised';
create index payments_by_intent_recorded on payments (intent_recorded_at);
create index webhook_inbox_kept on webhook_inbox (kept_at);

-- asked_amount: what the request said, null for everything. Sums are checked under the payment's lock.
alter table refunds
  add column currency text not null,
  add column changed_at timestamptz not null,
  add column failure_reason text,
  add column asked_amount bigint,
  add column swept_at timestamptz;
create index refunds_of_order on refunds (order_id);
create index refunds_requested on refunds (changed_at) where status = 'requested';

create table disputes (
  dispute_id text primary key,
  order_id uuid not null,
  generation int not null,
  status text not null,
  reason text,
  amount bigint not null check (amount >= 0),
  -- When Stripe made the newest event we know, seconds since the epoch: an older one changes nothing.
  event_created bigint not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  changed_at timestamptz not null,
  foreign key (order_id, generation) references payments
);
create index disputes_of_order on disputes (order_id);

-- A settlement that makes a refund is named after the refund.
alter table outbox add column refund_id uuid;
drop index outbox_executions;
create unique index outbox_executions on outbox (order_id, machine, generation, refund_id, run) nulls not distinct
  where kind = 'execution';

alter table findings add column resolved_by text, add column resolution text;
create index findings_newest on findings (finding_id) where resolved_at is null;
create index findings_of_order on findings (order_id);

-- What people decided in the machines' stead.
create table operator_actions (
  action_id bigint generated always as identity primary key,
  order_id uuid not null,
  action text not null,
  subject text not null,
  reason text not null,
  detail jsonb not null,
  at timestamptz not null
);
create index operator_actions_of_order on operator_actions (order_id);

insert into status_transitions values
  ('order', 'packed', 'cancelled'),
  ('order', 'packed', 'returning'),
  ('order', 'packed', 'lost'),
  ('order', 'out_for_delivery', 'returning'),
  ('order', 'out_for_delivery', 'lost'),
  ('order', 'returning', 'returned'),
  ('order', 'returning', 'lost'),
  ('reservation', 'packed', 'returned'),
  ('warehouse_task', 'open', 'received'),
  ('warehouse_task', 'claimed', 'short'),
  ('warehouse_task', 'claimed', 'received'),
  ('refund', 'requested', 'pending'),
  ('refund', 'requested', 'succeeded'),
  ('refund', 'requested', 'failed'),
  ('refund', 'pending', 'succeeded'),
  ('refund', 'pending', 'failed'),
  ('refund', 'succeeded', 'failed');

create trigger transition before update of status on refunds for each row
  when (old.status is distinct from new.status) execute function refuse_transition('refund');

-- As in 0008, now that a task's round is counted for each kind.
create or replace function open_pick_task(
  p_order uuid, p_round int, p_task_id uuid, p_wait jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = kassa, pg_temp as $$
declare o orders; v_task uuid; v_ready boolean;
begin
  o := lock_order(p_order);
  if o.status not in ('confirmed', 'packed', 'out_for_delivery', 'delivered', 'cancelled', 'returning', 'returned',
    'lost')
  then
    raise exception 'order % is %, not confirmed', p_order, o.status using errcode = 'KS409';
  end if;
  insert into warehouse_tasks (task_id, order_id, kind, round, status, opened_at, changed_at)
  values (p_task_id, p_order, 'pick', p_round, case when o.status = 'confirmed' then 'open' else 'cancelled' end,
    p_now, p_now)
  on conflict (order_id, kind, round) do nothing;
  select task_id into strict v_task from warehouse_tasks
  where order_id = p_order and kind = 'pick' and round = p_round;
  if o.status = 'cancelled' then
    perform put_outcomes(array[p_order], 'pick', p_round, '{"outcome": "cancelled"}', p_now);
  end if;
  v_ready := register_token(p_order, 'pick', p_round, p_wait, p_now);
  return jsonb_build_object('taskId', v_task, 'ready', v_ready);
end
$$;

-- As in 0008, with the kind in the index.
create or replace function list_pick_tasks(p_worker text, p_limit int, p_after uuid) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(pick_task_view(each) order by each.opened_at, each.task_id), '[]') from (
      select t.* from warehouse_tasks t
      where t.kind = 'pick' and
        case when p_worker is null then t.status = 'open' else t.status = 'claimed' and t.claimed_by = p_worker end
        and (p_after is null or (t.opened_at, t.task_id) > (
          select a.opened_at, a.task_id from warehouse_tasks a where a.task_id = p_after))
      order by t.opened_at, t.task_id limit p_limit
    ) each);
end
$$;
