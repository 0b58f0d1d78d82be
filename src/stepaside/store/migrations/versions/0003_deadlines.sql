-- Deadlines, promises, the watchdog, resuming and following up.

-- The state of core.conversation.Conversation, further fields.
ALTER TABLE conversations
    ADD COLUMN answered boolean NOT NULL DEFAULT false,
    ADD COLUMN reply_due_at timestamptz,
    ADD COLUMN reply_warn_at timestamptz,
    ADD COLUMN reply_missed boolean NOT NULL DEFAULT false,
    ADD COLUMN resolve_due_at timestamptz,
    ADD COLUMN resolve_warn_at timestamptz,
    ADD COLUMN resolve_missed boolean NOT NULL DEFAULT false,
    ADD COLUMN window_closes_at timestamptz,
    ADD COLUMN window_warn_at timestamptz;

-- Minutes by deadline; an inbox with its own takes the place of its bot's.
ALTER TABLE bots
    ADD COLUMN deadlines jsonb,
    ADD COLUMN stop_phrases text[] NOT NULL DEFAULT '{}',
    ADD COLUMN stop_message text NOT NULL DEFAULT '',
    ADD COLUMN transfers jsonb NOT NULL DEFAULT '[]';
ALTER TABLE inboxes
    ADD COLUMN deadlines jsonb,
    -- For a channel behind a webhook that takes free words only for a while.
    ADD COLUMN reply_window_hours int;

-- Bots that were left here; none of them gets the conversation back by itself.
ALTER TABLE conversations ADD COLUMN left_bots text[] NOT NULL DEFAULT '{}';

ALTER TABLE conversations
    ADD COLUMN bot_errors int NOT NULL DEFAULT 0,
    ADD COLUMN promised_at timestamptz,
    ADD COLUMN steps int NOT NULL DEFAULT 0,
    ADD COLUMN step_at timestamptz;
ALTER TABLE bots ADD COLUMN watchdog jsonb;

-- The time that the final message of a handover told the contact.
CREATE TABLE promises (
    handover_id text PRIMARY KEY REFERENCES handovers ON DELETE CASCADE,
    account_id text NOT NULL,
    conversation_id text NOT NULL REFERENCES conversations ON DELETE CASCADE,
    words text NOT NULL,
    given_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'given',
    settled_at timestamptz,
    -- When the contact was told that it takes longer.
    told_at timestamptz
);
CREATE INDEX promises_account ON promises (account_id, given_at);
CREATE INDEX promises_conversation ON promises (conversation_id);

ALTER TABLE conversations
    ADD COLUMN resume_latest_at timestamptz,
    ADD COLUMN resume_on_resolve boolean NOT NULL DEFAULT false,
    ADD COLUMN inactive_minutes int,
    ADD COLUMN paused_by_hand boolean NOT NULL DEFAULT false,
    ADD COLUMN last_holder_id text REFERENCES staff,
    ADD COLUMN follow_up_at timestamptz,
    ADD COLUMN follow_ups int NOT NULL DEFAULT 0,
    ADD COLUMN close_at timestamptz;
ALTER TABLE handover_rules ADD COLUMN resume text NOT NULL DEFAULT 'time';
ALTER TABLE bots
    ADD COLUMN follow_ups jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN close_after interval,
    ADD COLUMN extension_cap interval NOT NULL DEFAULT '1 day',
    ADD COLUMN on_return text NOT NULL DEFAULT 'stay';

-- The summary of a handover in parts: core.brief.Brief.
ALTER TABLE handovers ADD COLUMN brief jsonb;
