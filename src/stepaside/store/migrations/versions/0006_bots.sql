-- The history of a bot's configuration, and what the pages about bots count.

-- Who changed what of a bot, its rules, knowledge, workflows and inboxes, and when.
-- Written in the commit of the change. `fields`: by name, what was and what is.
CREATE TABLE configuration_changes (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    bot_id text NOT NULL REFERENCES bots ON DELETE CASCADE,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    subject_name text NOT NULL,
    deed text NOT NULL,
    fields jsonb NOT NULL
);
CREATE INDEX configuration_changes_bot ON configuration_changes (bot_id, id);

-- Steps of the first set-up that somebody left out or declared done. What can be seen
-- from the account itself (there is a bot, it knows something) is not kept twice.
CREATE TABLE setup_steps (
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    step text NOT NULL,
    how text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (account_id, step)
);

CREATE INDEX decisions_account ON decisions (account_id, id);
CREATE INDEX messages_quoting ON messages (account_id, at) WHERE item_ids <> '{}';
