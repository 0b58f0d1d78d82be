-- What language models were asked, a row a day of an account.
CREATE TABLE model_usage (
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    day date NOT NULL,
    answers int NOT NULL,
    tokens_in bigint NOT NULL,
    tokens_out bigint NOT NULL,
    PRIMARY KEY (account_id, day)
);
-- What the account allows its bots in a day; null: as much as the installation does.
ALTER TABLE accounts ADD COLUMN model_daily_tokens int;

-- What the bot offered, once in a conversation, and what it asked before it steps aside.
ALTER TABLE conversations ADD COLUMN offered boolean NOT NULL DEFAULT false;
ALTER TABLE conversations ADD COLUMN clarifying boolean NOT NULL DEFAULT false;
ALTER TABLE bots
    ADD COLUMN offers_person boolean NOT NULL DEFAULT true,
    ADD COLUMN offer_message text NOT NULL
        DEFAULT 'If you would rather talk to a person, just say so.';
ALTER TABLE handover_rules
    ADD COLUMN clarifying_questions int NOT NULL DEFAULT 0,
    ADD COLUMN clarifying_question text NOT NULL
        DEFAULT 'Of course. What is it about, so that the right person can help you?';
