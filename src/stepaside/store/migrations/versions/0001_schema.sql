-- Every table that holds an account's data has `account_id` and a row-level policy.
-- Ids are made by the application (prefix and 26 sortable characters).
--
-- What is written with every message refers to its conversation, contact or task, and
-- through that to the account. A foreign key to the account as well would have every
-- transaction of an account lock the same row, and wait for who else shares the lock.

CREATE TABLE accounts (
    id text PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    created_at timestamptz NOT NULL
);

CREATE TABLE staff (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL DEFAULT '',
    role text NOT NULL DEFAULT 'agent',
    availability text NOT NULL DEFAULT 'online',
    capacity int,
    password_hash text,
    disabled_at timestamptz,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX staff_email ON staff (account_id, lower(email))
    WHERE deleted_at IS NULL;
CREATE INDEX staff_by_email ON staff (lower(email));

CREATE TABLE api_keys (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    staff_id text REFERENCES staff,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_account ON api_keys (account_id);

CREATE TABLE sessions (
    hash bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_staff ON sessions (staff_id);

CREATE TABLE login_links (
    hash bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE bots (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    mode text NOT NULL DEFAULT 'auto',
    personality text NOT NULL DEFAULT '',
    goal text NOT NULL DEFAULT '',
    additional_information text NOT NULL DEFAULT '',
    wait_seconds int,
    max_messages int NOT NULL DEFAULT 75,
    takeover_pause interval,
    quiet interval NOT NULL DEFAULT '15 minutes',
    knowledge_version int NOT NULL DEFAULT 0,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX bots_account ON bots (account_id, id);

CREATE TABLE knowledge_items (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    bot_id text NOT NULL REFERENCES bots ON DELETE CASCADE,
    title text NOT NULL,
    text text NOT NULL,
    question text,
    url text,
    created_at timestamptz NOT NULL
);
CREATE INDEX knowledge_items_bot ON knowledge_items (bot_id, id);

CREATE TABLE handover_rules (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    bot_id text NOT NULL REFERENCES bots ON DELETE CASCADE,
    name text NOT NULL,
    enabled boolean NOT NULL,
    scenario text NOT NULL,
    trigger_condition text,
    example_phrases text[] NOT NULL,
    max_retries int NOT NULL,
    assign_to text NOT NULL,
    staff_id text REFERENCES staff,
    skip_if_contact_has_owner boolean NOT NULL,
    final_message text NOT NULL,
    pause interval,
    task_enabled boolean NOT NULL,
    task_due_in interval NOT NULL,
    task_title text NOT NULL,
    task_description text NOT NULL,
    tags text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX handover_rules_once ON handover_rules (bot_id, scenario)
    WHERE scenario <> 'custom';
CREATE INDEX handover_rules_bot ON handover_rules (bot_id, id);

CREATE TABLE workflows (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    bot_id text NOT NULL REFERENCES bots,
    overrides jsonb NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX workflows_account ON workflows (account_id, id);

CREATE TABLE inboxes (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind text NOT NULL,
    name text NOT NULL,
    bot_id text REFERENCES bots,
    workflow_id text REFERENCES workflows,
    -- kind webhook: url, secrets; kind widget: allowed origins. Never logged.
    settings jsonb NOT NULL DEFAULT '{}',
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX inboxes_account ON inboxes (account_id, id);

CREATE TABLE contacts (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    external_id text,
    name text NOT NULL DEFAULT '',
    email text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    owner_id text REFERENCES staff,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX contacts_external ON contacts (account_id, external_id);
CREATE INDEX contacts_account ON contacts (account_id, id);

-- Who a sender on a channel is. One person may have several.
CREATE TABLE contact_identities (
    inbox_id text NOT NULL REFERENCES inboxes ON DELETE CASCADE,
    external_id text NOT NULL,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    contact_id text NOT NULL REFERENCES contacts ON DELETE CASCADE,
    PRIMARY KEY (inbox_id, external_id)
);

CREATE TABLE contact_tags (
    contact_id text NOT NULL REFERENCES contacts ON DELETE CASCADE,
    tag text NOT NULL,
    account_id text NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (contact_id, tag)
);
CREATE INDEX contact_tags_account ON contact_tags (account_id, tag);

CREATE TABLE conversations (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    inbox_id text NOT NULL REFERENCES inboxes,
    contact_id text NOT NULL REFERENCES contacts,
    bot_id text REFERENCES bots,
    workflow_id text REFERENCES workflows,
    -- The state of core.conversation.Conversation, field by field.
    control text NOT NULL DEFAULT 'bot',
    control_since timestamptz,
    lease int NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'open',
    assignee_id text REFERENCES staff,
    handover_id text,
    resume_at timestamptz,
    snoozed_until timestamptz,
    failed_attempts int NOT NULL DEFAULT 0,
    bot_messages int NOT NULL DEFAULT 0,
    waiting_since timestamptz,
    chases int NOT NULL DEFAULT 0,
    last_contact_at timestamptz,
    last_staff_at timestamptz,
    -- Derived in the same commit: core.schedule.due_at.
    due_at timestamptz,
    -- When the waiting burst is to be answered; null when none waits.
    turn_due_at timestamptz,
    -- A turn is being thought about until then; lost in a crash, it only costs time.
    thinking_until timestamptz,
    last_message_at timestamptz,
    created_at timestamptz NOT NULL,
    CHECK (control IN ('bot', 'queue', 'human')),
    CHECK (status IN ('open', 'snoozed', 'resolved')),
    CHECK (assignee_id IS NULL OR control = 'human'),
    CHECK ((handover_id IS NULL) = (control = 'bot')),
    CHECK (control = 'bot' OR status <> 'open' OR due_at IS NOT NULL)
) WITH (fillfactor = 80);
CREATE INDEX conversations_list ON conversations
    (account_id, last_message_at DESC NULLS LAST, id);
CREATE INDEX conversations_control ON conversations
    (account_id, control, status, last_message_at DESC);
CREATE INDEX conversations_contact ON conversations (contact_id, id);
CREATE INDEX conversations_assignee ON conversations (assignee_id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_due ON conversations (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversations_turn_due ON conversations (turn_due_at)
    WHERE turn_due_at IS NOT NULL;

CREATE TABLE messages (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    inbox_id text NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    author text NOT NULL,
    staff_id text REFERENCES staff,
    kind text NOT NULL DEFAULT 'reply',
    text text NOT NULL,
    -- The provider's id of a message from outside, or the sender's own.
    external_id text,
    -- Unique per effect: what makes a bot's or a client's message exist once.
    key text,
    state text NOT NULL,
    state_detail text NOT NULL DEFAULT '',
    awaits_bot boolean NOT NULL DEFAULT false,
    lease int,
    item_ids text[] NOT NULL DEFAULT '{}',
    -- The provider's time where it gives one: the transcript's order.
    at timestamptz NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX messages_external ON messages (inbox_id, external_id);
CREATE UNIQUE INDEX messages_key ON messages (conversation_id, key);
CREATE INDEX messages_transcript ON messages (conversation_id, at, seq);
CREATE INDEX messages_awaiting ON messages (conversation_id, seq) WHERE awaits_bot;
CREATE INDEX messages_words ON messages USING gin (to_tsvector('simple', text));

CREATE TABLE decisions (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    message_ids text[] NOT NULL,
    lease int NOT NULL,
    decision text NOT NULL,
    cause text,
    rule_id text,
    reason text NOT NULL,
    evidence text NOT NULL,
    failed_attempts int NOT NULL,
    signals jsonb NOT NULL,
    versions jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX decisions_conversation ON decisions (conversation_id, id);

CREATE TABLE handovers (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    bot_id text,
    inbox_id text NOT NULL,
    cause text NOT NULL,
    rule_id text,
    evidence text NOT NULL,
    reason text NOT NULL,
    summary text NOT NULL,
    tried text[] NOT NULL,
    trigger_message_id text,
    assignee_id text REFERENCES staff,
    started_at timestamptz NOT NULL,
    claimed_at timestamptz,
    first_reply_at timestamptz,
    first_reply_by text REFERENCES staff,
    ended_at timestamptz,
    how_ended text,
    verdict text
);
CREATE UNIQUE INDEX handovers_one_open ON handovers (conversation_id)
    WHERE ended_at IS NULL;
CREATE UNIQUE INDEX handovers_trigger ON handovers
    (conversation_id, trigger_message_id);
CREATE INDEX handovers_account ON handovers (account_id, started_at);

CREATE TABLE tasks (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    contact_id text NOT NULL REFERENCES contacts ON DELETE CASCADE,
    conversation_id text REFERENCES conversations ON DELETE CASCADE,
    handover_id text,
    key text,
    title text NOT NULL,
    body text NOT NULL DEFAULT '',
    assignee_id text REFERENCES staff,
    due_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'open',
    completed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX tasks_key ON tasks (account_id, key);
CREATE INDEX tasks_account ON tasks (account_id, status, due_at);
CREATE INDEX tasks_contact ON tasks (contact_id);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Readers follow (xid, id): ids alone are handed out before they commit.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    account_id text NOT NULL,
    conversation_id text REFERENCES conversations ON DELETE CASCADE,
    type text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    changes jsonb NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX events_cursor ON events (xid, id);
CREATE INDEX events_account ON events (account_id, xid, id);
CREATE INDEX events_conversation ON events (conversation_id, id);

CREATE TABLE notifications (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    event text NOT NULL,
    channel text NOT NULL,
    key text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    conversation_id text REFERENCES conversations ON DELETE CASCADE,
    task_id text REFERENCES tasks ON DELETE CASCADE,
    state text NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    detail text NOT NULL DEFAULT '',
    read_at timestamptz,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, key, staff_id, channel)
);
CREATE INDEX notifications_staff ON notifications (staff_id, id);

CREATE TABLE notification_settings (
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    event text NOT NULL,
    channel text NOT NULL,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    enabled boolean NOT NULL,
    PRIMARY KEY (staff_id, event, channel)
);

-- What is to be carried out outside the database, each once.
CREATE TABLE outbox (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    conversation_id text REFERENCES conversations ON DELETE CASCADE,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    key text NOT NULL,
    message_id text REFERENCES messages ON DELETE CASCADE,
    notification_id text REFERENCES notifications ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'queued',
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    -- Being carried out until then; a crash leaves it to lapse.
    claimed_until timestamptz,
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    UNIQUE (account_id, key)
) WITH (fillfactor = 80);
CREATE INDEX outbox_queued ON outbox (next_attempt_at) WHERE state = 'queued';
CREATE INDEX outbox_conversation ON outbox (conversation_id, seq);

CREATE TABLE idempotency_keys (
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status int,
    body bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (account_id, created_at);

CREATE TABLE widget_sessions (
    hash bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    inbox_id text NOT NULL REFERENCES inboxes ON DELETE CASCADE,
    contact_id text NOT NULL REFERENCES contacts ON DELETE CASCADE,
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Accounts strictly apart: a row is seen only by a transaction that named its account.
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'stepaside' AND column_name = 'account_id'
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format($f$CREATE POLICY account ON %I USING
            (account_id = current_setting('stepaside.account_id', true))$f$, t);
    END LOOP;
END $$;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY account ON accounts
    USING (id = current_setting('stepaside.account_id', true));

-- The few look-ups that must find an account before one can be named. Each returns
-- only what its caller needs; each runs as the owner with a fixed search path.
CREATE FUNCTION find_api_key(key_hash bytea)
RETURNS TABLE (id text, account_id text, scopes text[], staff_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT k.id, k.account_id, k.scopes, k.staff_id
    FROM api_keys k LEFT JOIN staff f ON f.id = k.staff_id
    WHERE k.hash = key_hash AND k.revoked_at IS NULL
        AND f.disabled_at IS NULL AND f.deleted_at IS NULL
$$;

CREATE FUNCTION find_session(token_hash bytea, at timestamptz)
RETURNS TABLE (account_id text, staff_id text, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT s.account_id, s.staff_id, s.expires_at FROM sessions s
    JOIN staff f ON f.id = s.staff_id
    WHERE s.hash = token_hash AND s.expires_at > at
        AND f.disabled_at IS NULL AND f.deleted_at IS NULL
$$;

CREATE FUNCTION find_logins(of_email text)
RETURNS TABLE (account_id text, staff_id text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id, password_hash FROM staff
    WHERE lower(email) = lower(of_email) AND password_hash IS NOT NULL
        AND disabled_at IS NULL AND deleted_at IS NULL
$$;

CREATE FUNCTION use_login_link(token_hash bytea, at timestamptz)
RETURNS TABLE (account_id text, staff_id text)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    UPDATE login_links l SET used_at = at FROM staff f
    WHERE l.hash = token_hash AND l.used_at IS NULL AND l.expires_at > at
        AND f.id = l.staff_id AND f.disabled_at IS NULL AND f.deleted_at IS NULL
    RETURNING l.account_id, l.staff_id
$$;

CREATE FUNCTION find_widget_session(token_hash bytea, at timestamptz)
RETURNS TABLE (account_id text, inbox_id text, contact_id text, conversation_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT w.account_id, w.inbox_id, w.contact_id, w.conversation_id
    FROM widget_sessions w JOIN inboxes i ON i.id = w.inbox_id
    WHERE w.hash = token_hash AND w.expires_at > at AND i.deleted_at IS NULL
$$;

CREATE FUNCTION find_inbox_account(of_inbox text)
RETURNS TABLE (account_id text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, kind FROM inboxes WHERE id = of_inbox AND deleted_at IS NULL
$$;

CREATE FUNCTION find_account_by_staff_email(of_email text)
RETURNS TABLE (account_id text, staff_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id FROM staff
    WHERE lower(email) = lower(of_email)
        AND disabled_at IS NULL AND deleted_at IS NULL
$$;

-- Conversations of this account in which every word, or its beginning, was said. As the
-- owner, because a row-level policy keeps the planner from an index of words.
CREATE FUNCTION conversations_saying(words tsquery)
RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT conversation_id FROM messages
    WHERE to_tsvector('simple', text) @@ words
        AND account_id = current_setting('stepaside.account_id', true)
$$;

-- Events of all accounts, for the hub of one process. Only what has committed and
-- cannot be overtaken any more.
CREATE FUNCTION events_after(after_xid xid8, after_id bigint, most int)
RETURNS SETOF events
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT * FROM events WHERE (xid, id) > (after_xid, after_id)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT most
$$;

-- What is due by now, in any account, oldest first.
CREATE FUNCTION due_conversations(at timestamptz, most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id FROM conversations WHERE due_at <= at
    ORDER BY due_at LIMIT most
$$;

CREATE FUNCTION unanswered_conversations(at timestamptz, most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id FROM conversations
    WHERE turn_due_at <= at AND (thinking_until IS NULL OR thinking_until <= at)
    ORDER BY turn_due_at LIMIT most
$$;

CREATE FUNCTION undelivered_effects(at timestamptz, most int)
RETURNS TABLE (account_id text, id text, conversation_id text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT account_id, id, conversation_id, kind FROM outbox
    WHERE state = 'queued' AND next_attempt_at <= at
        AND (claimed_until IS NULL OR claimed_until <= at)
    ORDER BY next_attempt_at, seq LIMIT most
$$;
