-- Outgoing webhooks and the audit log; languages; counting who tries to sign in.

CREATE TABLE webhooks (
    id text PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL DEFAULT '',
    url text NOT NULL,
    events text[] NOT NULL,
    secret text NOT NULL,
    -- The one before, which signs as well until then.
    old_secret text,
    old_secret_until timestamptz,
    enabled boolean NOT NULL DEFAULT true,
    -- Since when no call went well; null while they do.
    failing_since timestamptz,
    -- Why it was turned off without anybody asking for it.
    stopped_why text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX webhooks_account ON webhooks (account_id, id);

-- An outbox of its own: each row goes out at least once, those of one stream in order.
CREATE TABLE webhook_deliveries (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    webhook_id text NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    seq bigint GENERATED ALWAYS AS IDENTITY,
    -- One webhook and one conversation.
    stream text NOT NULL,
    conversation_id text REFERENCES conversations ON DELETE CASCADE,
    type text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    claimed_until timestamptz,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    UNIQUE (webhook_id, key),
    CHECK (state IN ('queued', 'sent', 'failed'))
) WITH (fillfactor = 80);
CREATE INDEX webhook_deliveries_queued ON webhook_deliveries (stream, seq)
    WHERE state = 'queued';
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, seq);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text NOT NULL,
    delivery_id text NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    at timestamptz NOT NULL,
    status int,
    took_ms int NOT NULL,
    answer text NOT NULL DEFAULT '',
    error text NOT NULL DEFAULT ''
);
CREATE INDEX webhook_attempts_delivery ON webhook_attempts (delivery_id, id);

-- The first of each stream that is due by now, in any account.
CREATE FUNCTION due_webhook_streams(at timestamptz, most int)
RETURNS TABLE (account_id text, stream text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT first.account_id, first.stream FROM (
        SELECT DISTINCT ON (d.stream) d.* FROM webhook_deliveries d
        WHERE d.state = 'queued' ORDER BY d.stream, d.seq
    ) first
    WHERE first.next_attempt_at <= at
        AND (first.claimed_until IS NULL OR first.claimed_until <= at)
    ORDER BY first.next_attempt_at LIMIT most
$$;

-- Who changed which part of the configuration, when, from what to what.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text NOT NULL REFERENCES accounts ON DELETE CASCADE,
    at timestamptz NOT NULL DEFAULT now(),
    -- `staff:stf_…`, `key:key_…`; empty for the installation itself.
    actor text NOT NULL DEFAULT '',
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL DEFAULT '',
    subject_name text NOT NULL DEFAULT '',
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}',
    address text NOT NULL DEFAULT ''
);
CREATE INDEX audit_account ON audit (account_id, id DESC);
CREATE INDEX audit_subject ON audit (account_id, subject_id, id DESC);
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY account ON audit
    USING (account_id = current_setting('stepaside.account_id', true));
-- What was written stays as it is: the application adds, and no more.
CREATE POLICY kept ON audit AS RESTRICTIVE FOR UPDATE USING (false);
CREATE POLICY kept_too ON audit AS RESTRICTIVE FOR DELETE USING (false);

-- A row as the audit log may show it. What may be a secret becomes dots: everything
-- of an inbox's settings that is not known to be none.
CREATE FUNCTION audit_masked(row_ jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    shown jsonb := row_;
    k text;
    open_settings text[] := '{url,allowed_origins,address,language}';
BEGIN
    FOR k IN SELECT jsonb_object_keys(row_) LOOP
        IF (k ~ '(secret|hash|token(_|$)|password)' OR k IN ('address', 'keys')) AND jsonb_typeof(row_->k) <> 'null'
            AND k !~ '_(until|at)$' THEN
            shown := jsonb_set(shown, ARRAY[k], '"•••"');
        END IF;
    END LOOP;
    IF jsonb_typeof(row_->'settings') = 'object' THEN
        FOR k IN SELECT jsonb_object_keys(row_->'settings') LOOP
            IF NOT k = ANY (open_settings) THEN
                shown := jsonb_set(shown, ARRAY['settings', k], '"•••"');
            END IF;
        END LOOP;
    END IF;
    RETURN shown;
END $$;

-- Written by the database itself with every change, whoever makes it: what nobody can
-- forget to write is in the same commit. TG_ARGV[0] is the kind of thing; the rest are
-- columns that change by themselves and tell nothing about the configuration.
CREATE FUNCTION audit_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
DECLARE
    noise text[] := ARRAY['updated_at'] || TG_ARGV[1:];
    old_ jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    new_ jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    row_ jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
    of_account text := coalesce(row_->>'account_id', row_->>'id');
    was jsonb := audit_masked(old_);
    is_ jsonb := audit_masked(new_);
    changed text[];
    did text := 'changed';
BEGIN
    SELECT array_agg(k) INTO changed
    FROM jsonb_object_keys(old_ || new_) k
    WHERE NOT k = ANY (noise) AND k NOT IN ('id', 'account_id', 'created_at')
        AND old_->k IS DISTINCT FROM new_->k
        AND NOT (TG_OP <> 'UPDATE' AND coalesce(old_->k, new_->k) = 'null');
    IF changed IS NULL OR NOT EXISTS (SELECT FROM accounts WHERE id = of_account) THEN
        RETURN NULL;  -- nothing to tell, or all of the account goes
    END IF;
    IF TG_OP = 'INSERT' THEN did := 'created';
    ELSIF TG_OP = 'DELETE' OR 'deleted_at' = ANY (changed) THEN did := 'deleted';
    ELSIF 'revoked_at' = ANY (changed) THEN did := 'revoked';
    ELSIF 'disabled_at' = ANY (changed) THEN
        did := CASE WHEN row_->>'disabled_at' IS NULL THEN 'enabled' ELSE 'disabled' END;
    END IF;
    INSERT INTO audit (account_id, at, actor, action, subject_kind, subject_id,
        subject_name, before, after, address)
    SELECT of_account,
        coalesce(nullif(current_setting('stepaside.at', true), '')::timestamptz, now()),
        coalesce(current_setting('stepaside.actor', true), ''),
        TG_ARGV[0] || '.' || did, TG_ARGV[0], coalesce(row_->>'id', ''),
        coalesce(nullif(row_->>'name', ''), row_->>'title', row_->>'url', ''),
        coalesce((SELECT jsonb_object_agg(k, was->k) FROM unnest(changed) k
            WHERE was ? k), '{}'),
        coalesce((SELECT jsonb_object_agg(k, is_->k) FROM unnest(changed) k
            WHERE is_ ? k), '{}'),
        coalesce(current_setting('stepaside.address', true), '');
    RETURN NULL;
END $$;

-- Have the changes of a table written to the audit log. For tables to come as well.
CREATE FUNCTION audit_table(name regclass, kind text, noise text[] DEFAULT '{}')
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION audit_change(%s)', name,
        (SELECT string_agg(quote_literal(n), ', ') FROM unnest(kind || noise) n));
END $$;

SELECT audit_table('accounts', 'account'),
    audit_table('staff', 'staff', '{availability}'),
    audit_table('api_keys', 'api_key', '{last_used_at,hash}'),
    audit_table('bots', 'bot', '{knowledge_version}'),
    audit_table('handover_rules', 'rule'),
    audit_table('workflows', 'workflow'),
    audit_table('inboxes', 'inbox'),
    audit_table('teams', 'team', '{last_staff_id}'),
    audit_table('team_members', 'team_member'),
    audit_table('notification_targets', 'notification_target'),
    audit_table('webhooks', 'webhook', '{failing_since,old_secret}');

-- In which language the desk speaks to a staff member; empty: as their browser asks.
ALTER TABLE staff ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN time_zone text NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN language text NOT NULL DEFAULT '';

DROP FUNCTION find_session;
CREATE FUNCTION find_session(token_hash bytea, at timestamptz)
RETURNS TABLE (account_id text, staff_id text, expires_at timestamptz,
    language text, time_zone text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT s.account_id, s.staff_id, s.expires_at,
        coalesce(nullif(f.language, ''), a.language), f.time_zone
    FROM sessions s JOIN staff f ON f.id = s.staff_id
    JOIN accounts a ON a.id = s.account_id
    WHERE s.hash = token_hash AND s.expires_at > at
        AND f.disabled_at IS NULL AND f.deleted_at IS NULL
$$;

-- An invitation is a link that signs in once, and whose holder then sets a password.
ALTER TABLE login_links ADD COLUMN invites boolean NOT NULL DEFAULT false;
DROP FUNCTION use_login_link;
CREATE FUNCTION use_login_link(token_hash bytea, at timestamptz)
RETURNS TABLE (account_id text, staff_id text, invited boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    UPDATE login_links l SET used_at = at FROM staff f
    WHERE l.hash = token_hash AND l.used_at IS NULL AND l.expires_at > at
        AND f.id = l.staff_id AND f.disabled_at IS NULL AND f.deleted_at IS NULL
    RETURNING l.account_id, l.staff_id, l.invites
$$;

-- How often somebody tried to sign in of late, by e-mail and by network address, as a
-- hash: counted here, so that it holds for all processes together. Of no account:
-- whoever tries has not shown to belong to one.
CREATE TABLE login_attempts (
    key bytea NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_attempts_key ON login_attempts (key, at);
CREATE INDEX login_attempts_age ON login_attempts (at);
ALTER TABLE login_attempts ENABLE ROW LEVEL SECURITY;

-- Count a try against each key, unless one of them has had its share: then, until when
-- to wait. One at a time for each key, so that of many sent at once no more get past.
CREATE FUNCTION begin_login(keys bytea[], now_ timestamptz, since timestamptz, most int)
RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
DECLARE
    first timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(k, 'hex'), 31))
        FROM (SELECT unnest(keys) k ORDER BY 1) sorted;
    SELECT max(oldest) INTO first FROM (
        SELECT min(l.at) AS oldest FROM login_attempts l
        WHERE l.key = ANY (keys) AND l.at > since
        GROUP BY l.key HAVING count(*) >= most) full_;
    IF first IS NOT NULL THEN
        RETURN first;
    END IF;
    INSERT INTO login_attempts (key, at) SELECT unnest(keys), now_;
    DELETE FROM login_attempts WHERE ctid IN (
        SELECT ctid FROM login_attempts WHERE at <= since ORDER BY at LIMIT 100
        FOR UPDATE SKIP LOCKED);
    RETURN NULL;
END $$;

-- The try was none: forget what was counted against the first key, and one try of the
-- others.
CREATE FUNCTION end_login(forgotten bytea, taken_back bytea)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    DELETE FROM login_attempts WHERE key = forgotten;
    DELETE FROM login_attempts WHERE ctid = (
        SELECT ctid FROM login_attempts WHERE key = taken_back
        ORDER BY at DESC LIMIT 1 FOR UPDATE SKIP LOCKED);
$$;
