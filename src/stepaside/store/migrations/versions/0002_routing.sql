-- Teams, skills, working hours and holidays, and how a conversation finds its person.

-- `working_hours` null: open always. Both as store/hours.py writes them.
ALTER TABLE accounts
    ADD COLUMN working_hours jsonb,
    ADD COLUMN holidays jsonb NOT NULL DEFAULT '[]';

CREATE TABLE teams (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    mode text NOT NULL DEFAULT 'round_robin',
    fallback_team_id text REFERENCES teams,
    -- Null: as the account has it. Holidays come on top of the account's.
    time_zone text,
    working_hours jsonb,
    holidays jsonb NOT NULL DEFAULT '[]',
    -- Whose turn it was last.
    last_staff_id text,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX teams_name ON teams (account_id, lower(name))
    WHERE deleted_at IS NULL;

CREATE TABLE team_members (
    team_id text NOT NULL REFERENCES teams ON DELETE CASCADE,
    staff_id text NOT NULL REFERENCES staff ON DELETE CASCADE,
    account_id text NOT NULL,
    PRIMARY KEY (team_id, staff_id)
);
CREATE INDEX team_members_staff ON team_members (staff_id);

ALTER TABLE staff ADD COLUMN languages text[] NOT NULL DEFAULT '{}';
ALTER TABLE contacts ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE bots ADD COLUMN reassign_after interval;

ALTER TABLE handover_rules
    ADD COLUMN team_id text REFERENCES teams,
    ADD COLUMN final_message_out_of_hours text NOT NULL DEFAULT
        'Thank you! We are closed now. Someone from the team will get back to you {{next_opening}}.',
    ADD COLUMN final_messages jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN final_messages_out_of_hours jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN pause_until_opening boolean NOT NULL DEFAULT false;
-- Who wrote final words of their own has them at every hour until they say otherwise.
UPDATE handover_rules SET final_message_out_of_hours = ''
WHERE final_message <> 'Thank you! Someone from the team will get back to you.';

ALTER TABLE conversations ADD COLUMN team_id text REFERENCES teams;
ALTER TABLE conversations
    ADD CONSTRAINT conversations_team CHECK (team_id IS NULL OR control <> 'bot')
    NOT VALID;
CREATE INDEX conversations_team_queue ON conversations (account_id)
    WHERE team_id IS NOT NULL AND control = 'queue' AND status = 'open';

-- Who gave it back: automatic assignment passes them over for this episode.
ALTER TABLE handovers
    ADD COLUMN released_by text[] NOT NULL DEFAULT '{}',
    -- What the contact wrote in, as far as anybody could tell when it started.
    ADD COLUMN language text NOT NULL DEFAULT '';

-- Accounts in which something waits in a team's queue.
CREATE FUNCTION accounts_with_team_queues(after_account text, most int)
RETURNS TABLE (account_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT DISTINCT account_id FROM conversations
    WHERE team_id IS NOT NULL AND control = 'queue' AND status = 'open'
        AND account_id > after_account
    ORDER BY account_id LIMIT most
$$;

-- What somebody who is away or offline has while the contact waits, once the bot's rule
-- for that has run out, in any account; the longest wait first.
CREATE FUNCTION absent_assignments(at timestamptz, most int)
RETURNS TABLE (account_id text, id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT c.account_id, c.id FROM conversations c
    JOIN staff s ON s.id = c.assignee_id
    JOIN bots b ON b.id = c.bot_id
    WHERE c.assignee_id IS NOT NULL AND c.status = 'open'
        AND c.waiting_since IS NOT NULL AND s.availability <> 'online'
        AND s.disabled_at IS NULL AND s.deleted_at IS NULL
        AND b.deleted_at IS NULL AND b.reassign_after IS NOT NULL
        AND greatest(c.waiting_since, coalesce(c.control_since, c.waiting_since))
            + b.reassign_after <= at
    ORDER BY c.waiting_since LIMIT most
$$;
