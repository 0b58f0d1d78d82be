-- Staff of any account who are disabled or deleted and still hold something open.
CREATE FUNCTION leavers_holding(most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT s.account_id, s.id FROM staff s
    WHERE (s.disabled_at IS NOT NULL OR s.deleted_at IS NOT NULL)
        AND (EXISTS (SELECT 1 FROM conversations c WHERE c.assignee_id = s.id
                AND c.status <> 'resolved' AND c.control = 'human')
            OR EXISTS (SELECT 1 FROM tasks t WHERE t.assignee_id = s.id
                AND t.status = 'open'))
    ORDER BY s.id LIMIT most
$$;
