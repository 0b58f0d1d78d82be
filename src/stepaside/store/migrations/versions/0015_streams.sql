-- What waits to be sent: the heads that are due, and quick ways to find them.

-- How long the other side asked to be left alone; nothing brings a try forward of it.
ALTER TABLE outbox ADD COLUMN not_before timestamptz;

-- A conversation's queue from its head.
CREATE INDEX outbox_streams ON outbox (conversation_id, seq)
    WHERE state = 'queued' AND kind = 'message';

-- The first message of each conversation that is due by now, in any account. Those
-- behind a first that waits would only fill the window, and others find no room in it.
CREATE OR REPLACE FUNCTION undelivered_effects(at timestamptz, most int)
RETURNS TABLE (account_id text, id text, conversation_id text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT first.account_id, first.id, first.conversation_id, first.kind FROM (
        SELECT DISTINCT ON (o.conversation_id) o.* FROM outbox o
        WHERE o.state = 'queued' AND o.kind = 'message'
        ORDER BY o.conversation_id, o.seq
    ) first
    WHERE first.next_attempt_at <= at
        AND (first.claimed_until IS NULL OR first.claimed_until <= at)
    ORDER BY first.next_attempt_at, first.seq LIMIT most
$$;

-- What is looked up by these with every deed, and by who deletes a conversation.
CREATE INDEX tasks_handover ON tasks (handover_id) WHERE handover_id IS NOT NULL;
CREATE INDEX tasks_conversation ON tasks (conversation_id)
    WHERE conversation_id IS NOT NULL;
CREATE INDEX notifications_conversation ON notifications (conversation_id)
    WHERE conversation_id IS NOT NULL;
