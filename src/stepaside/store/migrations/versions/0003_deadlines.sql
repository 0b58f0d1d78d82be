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
