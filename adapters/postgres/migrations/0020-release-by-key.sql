-- As in 0003, but that the reservations are reached by their orders: reservations_live holds every live one, and its
-- condition is this statement's own, so the planner would read all of them.
set local search_path = kassa, pg_temp;

create or replace function release_goods(p_orders uuid[], p_now timestamptz) returns void language plpgsql as $$
begin
  with freed as (
    update reservations set status = 'released'
    where order_id = any (p_orders) and coalesce(status, '') in ('held', 'committed')
    returning order_id, sku, quantity
  ), moved as (
    insert into stock_movements (sku, order_id, reason, on_hand_change, reserved_change, at)
    select sku, order_id, 'release', 0, -quantity, p_now from freed
  )
  update stock s set reserved = s.reserved - f.quantity
  from (select sku, sum(quantity)::int as quantity from freed group by sku) f
  where s.sku = f.sku;
end
$$;
