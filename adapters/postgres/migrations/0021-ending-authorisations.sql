set local search_path = kassa, pg_temp;

-- As meant in 0017, where a name stood for two things. Tells once of authorisations that end within a day, and cancels
-- the orders of those that end within two hours, so that the money is given back before its hold runs out. A packed
-- order is being captured already.
create or replace function watch_authorisations(p_now timestamptz, p_limit int) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v record; o orders; v_chosen uuid[]; v_orders uuid[]; v_order uuid; v_warned int := 0; v_cancelled int := 0;
begin
  select array_agg(order_id) into v_chosen from (
    select p.order_id from payments p join orders held on held.order_id = p.order_id and held.generation = p.generation
    where p.status = 'authorised' and p.authorised_until <= p_now + interval '2 hours'
      and held.status in ('authorised', 'confirmed')
    order by p.authorised_until limit p_limit
  ) each;
  if v_chosen is not null then
    perform lock_stock_of(v_chosen);
    with locked as materialized (
      select order_id, status from orders where order_id = any (v_chosen)
      order by order_id for no key update skip locked
    )
    select array_agg(order_id) into v_orders from locked where status in ('authorised', 'confirmed');
    foreach v_order in array coalesce(v_orders, '{}') loop
      o := lock_order(v_order);
      perform lock_payment(o.order_id, o.generation);
      perform close_order_as_cancelled(o, 'cancelled', p_now);
      update orders set cancel_reason = 'authorisation_ending' where order_id = o.order_id;
      perform write_events(array[o.order_id], 'OrderCancelled', p_now);
      v_cancelled := v_cancelled + 1;
    end loop;
  end if;

  for v in
    select held.order_id, p.generation, p.authorised_until
    from payments p join orders held on held.order_id = p.order_id and held.generation = p.generation
    where p.status = 'authorised' and p.authorised_until <= p_now + interval '24 hours'
      and p.authorisation_warned_at is null and held.status in ('authorised', 'confirmed', 'packed')
    order by p.authorised_until limit p_limit for no key update of held skip locked
  loop
    update payments set authorisation_warned_at = p_now
    where order_id = v.order_id and generation = v.generation and status = 'authorised'
      and authorisation_warned_at is null;
    if found then
      perform add_finding('authorisation_ending', v.order_id, v.generation,
        jsonb_build_object('until', iso(v.authorised_until)), p_now);
      perform write_payment_event(v.order_id, 'AuthorisationEnding', p_now);
      v_warned := v_warned + 1;
    end if;
  end loop;
  return jsonb_build_object('warned', v_warned, 'cancelled', v_cancelled);
end
$$;
