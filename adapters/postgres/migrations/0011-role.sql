-- The role the functions sign in with: it may call the functions below and nothing else. They run with their
-- owner's rights, so no caller can write a row past them.
do $$
begin
  if not exists (select 1 from pg_roles where rolname = 'kassa_app') then
    create role kassa_app login;
  end if;
  if exists (select 1 from pg_roles where rolname = 'rds_iam') then
    grant rds_iam to kassa_app;
  end if;
end
$$;

-- Set on the role because a SET in a session pins its connection in RDS Proxy.
alter role kassa_app set statement_timeout = '5s';
alter role kassa_app set lock_timeout = '3s';
alter role kassa_app set idle_in_transaction_session_timeout = '10s';

revoke all on schema kassa from public;
revoke all on all functions in schema kassa from public;
grant usage on schema kassa to kassa_app;
grant execute on function
  kassa.keep_address, kassa.place_order, kassa.record_intent, kassa.release_order, kassa.cancel_order,
  kassa.confirm_order, kassa.mark_voiding, kassa.record_voided, kassa.record_capture, kassa.complete_order,
  kassa.record_finding,
  kassa.keep_webhook, kassa.lease_webhooks, kassa.postpone_webhook, kassa.apply_webhook,
  kassa.measure_tail, kassa.expire_batch, kassa.restart_executions,
  kassa.open_pick_task, kassa.list_pick_tasks, kassa.claim_pick_task, kassa.complete_pick_task,
  kassa.delivery_address, kassa.record_handover, kassa.record_delivery_outcome,
  kassa.register_token, kassa.lease_mailbox, kassa.settle_mailbox, kassa.lease_outbox, kassa.settle_outbox,
  kassa.order_of, kassa.orders_of, kassa.products_by_sku, kassa.seed_products
to kassa_app;
