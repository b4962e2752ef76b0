set local search_path = kassa, pg_temp;

create function order_view(o orders) returns jsonb language sql stable as $$
  select jsonb_build_object('orderId', o.order_id, 'customerId', o.customer_id, 'status', o.status,
    'paymentStatus', p.status, 'currency', o.currency, 'itemsTotal', o.items_total,
    'shippingTotal', o.shipping_total, 'total', o.total, 'capturedAmount', p.captured_amount,
    'placedAt', iso(o.placed_at), 'expiresAt', iso(o.expires_at),
    'clientSecret', case when o.status = 'awaiting_payment' then p.client_secret end,
    'lines', (
      select jsonb_agg(jsonb_build_object('sku', l.sku, 'name', l.name, 'quantity', l.quantity,
        'unitPrice', l.unit_price) order by l.line)
      from order_lines l where l.order_id = o.order_id))
  from payments p where p.order_id = o.order_id and p.generation = o.generation
$$;

create function order_of(p_order uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (select order_view(o) from orders o where o.order_id = p_order);
end
$$;

create function orders_of(p_customer text, p_limit int, p_before uuid) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(order_view(each) order by each.placed_at desc, each.order_id desc), '[]') from (
      select o.* from orders o
      where o.customer_id = p_customer and (p_before is null or (o.placed_at, o.order_id) < (
        select b.placed_at, b.order_id from orders b where b.order_id = p_before and b.customer_id = p_customer))
      order by o.placed_at desc, o.order_id desc limit p_limit
    ) each);
end
$$;

create function products_by_sku(p_skus jsonb) returns jsonb
language plpgsql stable security definer set search_path = kassa, pg_temp as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'name', name, 'category', category,
      'unitPrice', unit_price, 'currency', currency, 'weight', weight, 'active', active)), '[]')
    from products where sku = any (array(select jsonb_array_elements_text(p_skus))));
end
$$;

create function seed_products(p_products jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = kassa, pg_temp as $$
declare v_added int;
begin
  with wanted as (
    select * from jsonb_to_recordset(p_products) as w(sku text, name text, category text, "unitPrice" bigint,
      currency text, weight int, active boolean, "onHand" int)
  ), added as (
    insert into products (sku, name, category, unit_price, currency, weight, active)
    select sku, name, category, "unitPrice", currency, weight, active from wanted order by sku
    on conflict do nothing returning sku
  ), stocked as (
    insert into stock (sku, on_hand, reserved)
    select w.sku, w."onHand", 0 from wanted w join added a on a.sku = w.sku returning sku, on_hand
  ), moved as (
    insert into stock_movements (sku, reason, on_hand_change, reserved_change, at)
    select sku, 'receipt', on_hand, 0, p_now from stocked where on_hand > 0
  )
  select count(*) into v_added from added;
  return jsonb_build_object('added', v_added);
end
$$;
