-- What reports and merged contacts need.

-- Turns that the bot decided while it had the conversation: what handovers are a share
-- of. Silent ones were people's already.
CREATE INDEX decisions_of_bot ON decisions (account_id, at) INCLUDE (conversation_id)
    WHERE decision <> 'silent' AND cause IS DISTINCT FROM 'bot_unavailable';

-- A merged contact stays as a signpost: its id and its external id lead to the kept one,
-- and what it was called is still found. One step, never a chain.
ALTER TABLE contacts
    ADD COLUMN merged_into text REFERENCES contacts ON DELETE CASCADE,
    ADD COLUMN merged_at timestamptz,
    -- Compared as columns: a row-level policy keeps the planner from an index of an
    -- expression whose function might leak.
    ADD COLUMN email_key text NOT NULL GENERATED ALWAYS AS (lower(email)) STORED,
    ADD COLUMN phone_key text NOT NULL GENERATED ALWAYS AS
        (ltrim(regexp_replace(phone, '\D', '', 'g'), '0')) STORED,
    ADD COLUMN sought text NOT NULL GENERATED ALWAYS AS
        (lower(name || ' ' || email || ' ' || phone || ' '
            || regexp_replace(phone, '\D', '', 'g') || ' '
            || coalesce(external_id, ''))) STORED;
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX contacts_email ON contacts (account_id, email_key);
CREATE INDEX contacts_phone ON contacts (account_id, phone_key);
CREATE INDEX contacts_owner ON contacts (account_id, owner_id, id)
    WHERE owner_id IS NOT NULL;
CREATE INDEX contact_identities_contact ON contact_identities (contact_id);
CREATE INDEX contact_identities_external ON contact_identities (account_id, external_id);
CREATE INDEX conversations_with_people ON conversations (account_id, contact_id)
    WHERE control <> 'bot';
CREATE INDEX tasks_assignee ON tasks (assignee_id, status, due_at, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX tasks_completed ON tasks (account_id, completed_at)
    WHERE status = 'completed';

-- Whatever is begun for a contact while they are merged belongs to the kept one. The
-- lock waits for a merge that is under way; whoever already holds the contact has it.
CREATE FUNCTION follow_merge() RETURNS trigger
LANGUAGE plpgsql SET search_path = stepaside, pg_temp AS $$
DECLARE kept text;
BEGIN
    SELECT merged_into INTO kept FROM contacts WHERE id = NEW.contact_id FOR SHARE;
    NEW.contact_id := coalesce(kept, NEW.contact_id);
    RETURN NEW;
END $$;
CREATE TRIGGER follow_merge BEFORE INSERT ON conversations
    FOR EACH ROW EXECUTE FUNCTION follow_merge();
CREATE TRIGGER follow_merge BEFORE INSERT ON tasks
    FOR EACH ROW WHEN (NEW.conversation_id IS NULL) EXECUTE FUNCTION follow_merge();

-- A task of a conversation goes where the conversation goes. A turn comes here with its
-- conversation held; to wait for the contact then would be to wait for whoever holds
-- the contact and wants the conversation next: a message that comes in, or a merge.
CREATE FUNCTION follow_conversation() RETURNS trigger
LANGUAGE plpgsql SET search_path = stepaside, pg_temp AS $$
DECLARE kept text;
BEGIN
    PERFORM 1 FROM conversations WHERE id = NEW.conversation_id FOR SHARE;
    SELECT merged_into INTO kept FROM contacts WHERE id = NEW.contact_id;
    NEW.contact_id := coalesce(kept, NEW.contact_id);
    RETURN NEW;
END $$;
CREATE TRIGGER follow_conversation BEFORE INSERT ON tasks
    FOR EACH ROW WHEN (NEW.conversation_id IS NOT NULL)
    EXECUTE FUNCTION follow_conversation();
