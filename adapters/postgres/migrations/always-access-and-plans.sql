-- Run after the others every time, because a function that is replaced loses its settings.
--
-- The functions' role may call every function that runs with its owner's rights, and nothing else in this schema.
-- Their plans are held to ordered indexes and nested loops (0012-plans.sql says why), and made once: with an array
-- among its parameters a statement would otherwise be planned again at every call, which costs more than running it.
do $$
declare f regprocedure;
begin
  revoke all on all functions in schema kassa from public;
  revoke all on all tables in schema kassa from public, kassa_app;
  for f in
    select p.oid from pg_proc p where p.pronamespace = 'kassa'::regnamespace and p.prosecdef
  loop
    execute format('grant execute on function %s to kassa_app', f);
    execute format('alter function %s set enable_seqscan = off', f);
    execute format('alter function %s set enable_bitmapscan = off', f);
    execute format('alter function %s set enable_hashjoin = off', f);
    execute format('alter function %s set enable_mergejoin = off', f);
    execute format('alter function %s set plan_cache_mode = force_generic_plan', f);
    execute format('alter function %s set jit = off', f);
  end loop;
end
$$;
