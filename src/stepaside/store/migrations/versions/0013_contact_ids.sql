-- A unique index without a condition could be a foreign key's, so that changing an
-- external id waits for all rows that refer to the contact. A merge changes them while
-- it holds tags that a handover waits for, which itself refers to the contact: deadlock.
CREATE UNIQUE INDEX contacts_external_id ON contacts (account_id, external_id)
    WHERE external_id IS NOT NULL;
DROP INDEX contacts_external;
