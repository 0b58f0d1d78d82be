-- What the channel calls whoever wrote last: a contact that was merged has several
-- names on one inbox, and an answer goes to the one that asked. Null: nobody wrote yet.
ALTER TABLE conversations ADD COLUMN handle text;
UPDATE conversations c SET handle = i.external_id FROM contact_identities i
WHERE i.inbox_id = c.inbox_id AND i.contact_id = c.contact_id;
