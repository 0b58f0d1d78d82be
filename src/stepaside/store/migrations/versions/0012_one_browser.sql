-- A browser is one subscription, whoever uses it: it is the last one's who registered,
-- in whatever account. Whoever knows the address is in that browser.
DELETE FROM notification_targets old USING notification_targets new
    WHERE old.channel = 'push' AND new.channel = 'push' AND old.address = new.address
        AND old.id < new.id;
CREATE INDEX notification_targets_push ON notification_targets (md5(address))
    WHERE channel = 'push';

-- Take a browser from everybody else. Two who register it at once come one after the
-- other, so that the second one finds what the first one stored.
CREATE FUNCTION leave_browser(which text, account text, staff text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = stepaside, pg_temp AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('push:' || which, 0));
    DELETE FROM notification_targets
    WHERE channel = 'push' AND md5(address) = md5(which) AND address = which
        AND (account_id, staff_id) IS DISTINCT FROM (account, staff);
$$;
