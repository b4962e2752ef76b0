-- Rows that have done their work go, by night and in small transactions (domain/shared/retention.ts says when). No row
-- is waited for: what somebody holds is left for another night. Never deleted: what is not settled.
set local search_path = kassa, pg_temp;

-- How far lists were gone through of which not every row goes.
create table purge_marks (
  list text primary key check (list in ('events', 'executions', 'checkout_keys')),
  outbox_id bigint,
  order_id uuid
);

-- Nothing will ever be done for it again.
create function is_over(p_order uuid) returns boolean language plpgsql stable as $$
begin
  return exists (
    select 1 from orders o join payments p on p.order_id = o.order_id and p.generation = o.generation
    where o.order_id = p_order and p.status in ('voided', 'captured')
      and o.status in ('delivered', 'expired', 'cancelled', 'released', 'returned', 'lost'));
end
$$;

-- The smallest id an order placed at that moment may have: ids of version 7 begin with the milliseconds.
create function first_id_at(p_at timestamptz) returns uuid language sql immutable as $$
  select (lpad(to_hex(floor(extract(epoch from p_at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- Follows the outbox by its ids. Published events go first; later everything settled, with what was passed over.
create function purge_outbox(p_list text, p_before timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_after bigint; v_last bigint; v_looked int; v_end bigint; v_deleted int;
begin
  insert into purge_marks (list, outbox_id) values (p_list, 0) on conflict do nothing;
  select outbox_id into v_after from purge_marks where list = p_list for no key update;
  select count(*), max(page.outbox_id), min(page.outbox_id) filter (where page.created_at >= p_before)
  into v_looked, v_last, v_end
  from (
    select x.outbox_id, x.created_at from outbox x where x.outbox_id > v_after order by x.outbox_id limit p_limit
  ) page;
  if v_looked = 0 then return '{"deleted": 0, "more": false}'; end if;
  v_last := coalesce(v_end - 1, v_last);
  delete from outbox x using (
    select outbox_id from outbox
    where outbox_id > v_after and outbox_id <= v_last and settled_at < p_before
      and (kind = 'event' or (p_list = 'executions' and is_over(order_id)))
    order by outbox_id for update skip locked
  ) done
  where x.outbox_id = done.outbox_id;
  get diagnostics v_deleted = row_count;
  update purge_marks set outbox_id = v_last where list = p_list;
  return jsonb_build_object('deleted', v_deleted, 'more', v_looked = p_limit and v_end is null);
end
$$;

create function purge_webhooks(p_before timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_deleted int;
begin
  delete from webhook_inbox i using (
    select event_id from webhook_inbox where kept_at < p_before and processed_at < p_before
    order by kept_at limit p_limit for update skip locked
  ) done
  where i.event_id = done.event_id;
  get diagnostics v_deleted = row_count;
  return jsonb_build_object('deleted', v_deleted, 'more', v_deleted = p_limit);
end
$$;

create function purge_outcomes(p_before timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_deleted int;
begin
  delete from mailbox m using (
    select order_id, step, round from mailbox
    where order_id < first_id_at(p_before) and settled_at < p_before and is_over(order_id)
    order by order_id, step, round limit p_limit for update skip locked
  ) done
  where (m.order_id, m.step, m.round) = (done.order_id, done.step, done.round);
  get diagnostics v_deleted = row_count;
  return jsonb_build_object('deleted', v_deleted, 'more', v_deleted = p_limit);
end
$$;

-- Keys have no time of their own: they are reached by their orders.
create function purge_checkout_keys(p_before timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_after uuid; v record; v_looked int := 0; v_deleted int := 0;
begin
  insert into purge_marks (list, order_id) values ('checkout_keys', '00000000-0000-0000-0000-000000000000')
  on conflict do nothing;
  select order_id into v_after from purge_marks where list = 'checkout_keys' for no key update;
  for v in
    select o.order_id, o.customer_id, o.idempotency_key from orders o
    where o.order_id > v_after and o.order_id < first_id_at(p_before) and o.placed_at < p_before
    order by o.order_id limit p_limit
  loop
    delete from checkout_requests r
    where r.customer_id = v.customer_id and r.idempotency_key = v.idempotency_key and r.order_id = v.order_id;
    if found then v_deleted := v_deleted + 1; end if;
    v_looked := v_looked + 1;
    v_after := v.order_id;
  end loop;
  update purge_marks set order_id = v_after where list = 'checkout_keys';
  return jsonb_build_object('deleted', v_deleted, 'more', v_looked = p_limit);
end
$$;
