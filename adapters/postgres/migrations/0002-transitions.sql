-- The transition tables of the domain, once more, beside the rows they bind. A test compares the two.
set local search_path = kassa, pg_temp;

create table status_transitions (
  aggregate text not null,
  from_status text not null,
  to_status text not null,
  primary key (aggregate, from_status, to_status)
);

insert into status_transitions values
  ('order', 'awaiting_payment', 'authorised'),
  ('order', 'awaiting_payment', 'expired'),
  ('order', 'awaiting_payment', 'cancelled'),
  ('order', 'awaiting_payment', 'released'),
  ('order', 'authorised', 'confirmed'),
  ('order', 'authorised', 'cancelled'),
  ('order', 'confirmed', 'packed'),
  ('order', 'confirmed', 'cancelled'),
  ('order', 'packed', 'out_for_delivery'),
  ('order', 'packed', 'delivered'),
  ('order', 'out_for_delivery', 'delivered'),
  ('order', 'expired', 'authorised'),
  ('payment', 'pending', 'requires_payment'),
  ('payment', 'pending', 'intent_unknown'),
  ('payment', 'pending', 'voiding'),
  ('payment', 'pending', 'voided'),
  ('payment', 'intent_unknown', 'voiding'),
  ('payment', 'intent_unknown', 'voided'),
  ('payment', 'requires_payment', 'authorised'),
  ('payment', 'requires_payment', 'voiding'),
  ('payment', 'requires_payment', 'voided'),
  ('payment', 'authorised', 'voiding'),
  ('payment', 'authorised', 'captured'),
  ('payment', 'authorised', 'voided'),
  ('payment', 'voiding', 'voided'),
  ('reservation', 'held', 'committed'),
  ('reservation', 'held', 'released'),
  ('reservation', 'committed', 'packed'),
  ('reservation', 'committed', 'released'),
  ('reservation', 'released', 'held'),
  ('warehouse_task', 'open', 'claimed'),
  ('warehouse_task', 'open', 'cancelled'),
  ('warehouse_task', 'claimed', 'open'),
  ('warehouse_task', 'claimed', 'packed'),
  ('warehouse_task', 'claimed', 'cancelled');

create function refuse_transition() returns trigger language plpgsql as $$
begin
  if not exists (
    select 1 from kassa.status_transitions t
    where t.aggregate = tg_argv[0] and t.from_status = old.status and t.to_status = new.status
  ) then
    raise exception '% may not go from % to %', tg_argv[0], old.status, new.status using errcode = 'KS409';
  end if;
  return new;
end
$$;

create trigger transition before update of status on orders for each row
  when (old.status is distinct from new.status) execute function refuse_transition('order');
create trigger transition before update of status on payments for each row
  when (old.status is distinct from new.status) execute function refuse_transition('payment');
create trigger transition before update of status on reservations for each row
  when (old.status is distinct from new.status) execute function refuse_transition('reservation');
create trigger transition before update of status on warehouse_tasks for each row
  when (old.status is distinct from new.status) execute function refuse_transition('warehouse_task');
