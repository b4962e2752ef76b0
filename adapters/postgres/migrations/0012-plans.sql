-- Every statement in these functions reaches its rows by a key or by a partial index. Left to itself, a session
-- that planned them while a table was small keeps reading the whole table until the next ANALYZE, and a shop that
-- fills up in minutes stands still. So the plans are held to ordered indexes and nested loops, and to no compilation,
-- which would cost more than any of them.
do $$
declare f regprocedure;
begin
  for f in
    select p.oid from pg_proc p where p.pronamespace = 'kassa'::regnamespace and p.prosecdef
  loop
    execute format('alter function %s set enable_seqscan = off', f);
    execute format('alter function %s set enable_bitmapscan = off', f);
    execute format('alter function %s set enable_hashjoin = off', f);
    execute format('alter function %s set enable_mergejoin = off', f);
    execute format('alter function %s set jit = off', f);
  end loop;
end
$$;
