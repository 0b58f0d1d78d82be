-- What people at work keep: views, snippets, verdicts; and what their lists stand on.

-- Each list in the order it is read, so that no page has to be sorted.
CREATE INDEX conversations_waiting ON conversations
    (account_id, (coalesce(waiting_since, control_since, created_at)), id)
    WHERE control = 'queue' AND status = 'open';
CREATE INDEX conversations_held ON conversations
    (assignee_id, last_message_at DESC NULLS LAST, id)
    WHERE assignee_id IS NOT NULL AND status <> 'resolved';
CREATE INDEX conversations_by_control ON conversations
    (account_id, control, last_message_at DESC NULLS LAST, id);
CREATE INDEX conversations_by_status ON conversations
    (account_id, status, last_message_at DESC NULLS LAST, id);
CREATE INDEX conversations_by_inbox ON conversations
    (inbox_id, last_message_at DESC NULLS LAST, id);
CREATE INDEX handovers_of_conversation ON handovers (conversation_id, started_at);
CREATE INDEX handovers_by_cause ON handovers (account_id, cause, conversation_id);
CREATE INDEX contact_tags_contact ON contact_tags (account_id, tag, contact_id);

-- A list somebody comes back to. query: as in its address, without the question mark.
CREATE TABLE saved_views (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    name text NOT NULL,
    query text NOT NULL,
    is_shared boolean NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX saved_views_account ON saved_views (account_id, name);

-- A reply that is written once. shortcut: what is typed behind the slash to get it.
CREATE TABLE snippets (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    shortcut text NOT NULL,
    text text NOT NULL,
    updated_by text REFERENCES staff,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX snippets_shortcut ON snippets (account_id, lower(shortcut));

-- Whose verdict a handover bears, and since when; the verdict itself stands on it.
ALTER TABLE handovers
    ADD COLUMN verdict_by text REFERENCES staff,
    ADD COLUMN verdict_at timestamptz;
