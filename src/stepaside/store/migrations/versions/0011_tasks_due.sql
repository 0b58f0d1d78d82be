-- For which due time the reminder of a task went out; one that is put off has another.
ALTER TABLE tasks ADD COLUMN reminded_of timestamptz;
-- What was overdue before there were reminders is known to whoever looks at the list.
UPDATE tasks SET reminded_of = due_at WHERE due_at <= now();
CREATE INDEX tasks_to_remind ON tasks (due_at)
    WHERE status = 'open' AND reminded_of IS DISTINCT FROM due_at;

-- Tasks of any account that fell due by then and that nobody was told of.
CREATE FUNCTION due_tasks(at timestamptz, most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT t.account_id, t.id FROM tasks t
    WHERE t.status = 'open' AND t.reminded_of IS DISTINCT FROM t.due_at
        AND t.due_at <= at
    ORDER BY t.due_at LIMIT most
$$;
