-- Ways to reach staff, quiet hours, digests and links that claim.

-- What the installation made for itself at its first start and keeps: the key that
-- signs links, and the one by which push services know it. No account's data.
CREATE TABLE installation_secrets (
    name text PRIMARY KEY,
    value bytea NOT NULL
);

-- A browser or a chat that somebody, or without staff_id the whole account, is told in.
-- The address is a secret: whoever knows it may write there. Never logged.
CREATE TABLE notification_targets (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    staff_id text REFERENCES staff ON DELETE CASCADE,
    channel text NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    keys jsonb NOT NULL DEFAULT '{}',
    -- What an account's chat is told; a staff member's own follows their settings.
    events text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (account_id, staff_id, channel, address)
);
CREATE INDEX notification_targets_staff ON notification_targets (account_id, staff_id);

-- When a staff member does not want to be reached outside the desk.
CREATE TABLE quiet_hours (
    staff_id text PRIMARY KEY REFERENCES staff ON DELETE CASCADE,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    quiet_from time,
    quiet_until time,
    time_zone text NOT NULL DEFAULT 'UTC',
    urgent text[] NOT NULL DEFAULT '{}',
    muted_until timestamptz
);

-- One row per person, channel and target; the account's own chats have no person.
ALTER TABLE notifications
    ALTER COLUMN staff_id DROP NOT NULL,
    ADD COLUMN target_id text NOT NULL DEFAULT '',
    -- Waits for quiet hours or a flood to end, then goes out with others.
    ADD COLUMN held_until timestamptz,
    -- The notification it went out with, in one summary.
    ADD COLUMN summary_id text REFERENCES notifications ON DELETE SET NULL,
    ADD COLUMN sent_at timestamptz,
    ADD COLUMN claimed_at timestamptz,
    DROP CONSTRAINT notifications_account_id_key_staff_id_channel_key;
CREATE UNIQUE INDEX notifications_once ON notifications
    (account_id, key, staff_id, channel, target_id) NULLS NOT DISTINCT;
CREATE INDEX notifications_unread ON notifications (staff_id, id)
    WHERE channel = 'in_app' AND read_at IS NULL;
CREATE INDEX notifications_failed ON notifications (account_id, id)
    WHERE state = 'failed';
CREATE INDEX notifications_held ON notifications (account_id, staff_id, channel)
    WHERE held_until IS NOT NULL AND state = 'queued';
CREATE INDEX notifications_pace ON notifications
    (account_id, staff_id, channel, sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX notifications_summary ON notifications (summary_id)
    WHERE summary_id IS NOT NULL;
CREATE INDEX outbox_notification ON outbox (notification_id)
    WHERE notification_id IS NOT NULL;

-- Messages to contacts; telling staff has a queue of its own and never delays them.
CREATE OR REPLACE FUNCTION undelivered_effects(at timestamptz, most int)
RETURNS TABLE (account_id text, id text, conversation_id text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id, conversation_id, kind FROM outbox
    WHERE state = 'queued' AND kind = 'message' AND next_attempt_at <= at
        AND (claimed_until IS NULL OR claimed_until <= at)
    ORDER BY next_attempt_at, seq LIMIT most
$$;

-- What staff were to be told by now, in any account, on one channel.
CREATE FUNCTION untold_staff(on_channel text, at timestamptz, most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT o.account_id, o.id FROM outbox o
    JOIN notifications n ON n.id = o.notification_id
    WHERE o.state = 'queued' AND o.kind = 'notification' AND o.next_attempt_at <= at
        AND (o.claimed_until IS NULL OR o.claimed_until <= at)
        AND n.channel = on_channel
    ORDER BY o.next_attempt_at, o.seq LIMIT most
$$;
