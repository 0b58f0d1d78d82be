"""A busy business: as many contacts, conversations and handovers as one likes, at once.

Written as rows, not lived through: for pictures and for measuring. Everything follows
from a row's number, so that two crowds of one size are the same.
"""

from datetime import datetime
from typing import Final

from stepaside.store.database import Tx
from tests.world import World

_NAMES: Final = """ARRAY['Amara Okafor','Jonas Weber','Priya Raman','Lukas Novák',
    'Sofía Herrera','Tom Whitfield','Maya Fontaine','Kenji Mori','Aisha Bello',
    'Noah Lindqvist','Zoë Martin','Ivan Petrov']"""
_CONTACTS: Final = f"""
INSERT INTO contacts (id, account_id, external_id, name, email, phone, owner_id,
    created_at, updated_at)
SELECT 'ctc_c' || lpad(n::text, 9, '0'), %(account)s, 'crowd-' || n,
    ({_NAMES})[1 + n %% 12] || CASE WHEN n > 12 THEN ' ' || n ELSE '' END,
    'c' || n || '@example.org',
    CASE n %% 3 WHEN 0 THEN '+49 30 ' || (1000000 + n) ELSE '' END,
    CASE n %% 5 WHEN 0 THEN %(ann)s WHEN 1 THEN %(bo)s END,
    %(now)s - interval '60 days', %(now)s
FROM generate_series(1, %(many)s) n
"""
_TAGS: Final = """
INSERT INTO contact_tags (contact_id, tag, account_id, added_at)
SELECT 'ctc_c' || lpad(n::text, 9, '0'),
    (ARRAY['vip','human_handover','newsletter','wholesale'])[1 + n %% 4],
    %(account)s, %(now)s
FROM generate_series(1, %(many)s) n WHERE n %% 3 <> 0
"""
# A week's rhythm, and what is lately more than what is long ago.
_AT: Final = """%(now)s - interval '30 minutes' - make_interval(
    secs => (n * 7919 %% 7777000) * (0.85 + 0.15 * (n %% 3)))"""
_CONVERSATIONS: Final = f"""
INSERT INTO conversations (id, account_id, inbox_id, contact_id, bot_id, created_at,
    last_message_at)
SELECT 'cnv_c' || lpad(n::text, 9, '0'), %(account)s,
    (%(inboxes)s::text[])[1 + n %% cardinality(%(inboxes)s::text[])],
    'ctc_c' || lpad(n::text, 9, '0'), %(bot)s, {_AT}, {_AT}
FROM generate_series(1, %(many)s) n
"""
_TURNS: Final = """
INSERT INTO decisions (id, account_id, conversation_id, message_ids, lease, decision,
    cause, reason, evidence, failed_attempts, signals, versions, at)
SELECT 'dec_' || c.id || k, %(account)s, c.id, '{}', 0, 'reply', NULL, '', '', 0, '[]',
    '{}', c.created_at + make_interval(mins => k)
FROM conversations c, generate_series(1, 3) k WHERE c.id LIKE 'cnv_c%%'
"""
_HANDOVERS: Final = """
INSERT INTO handovers (id, account_id, conversation_id, bot_id, inbox_id, cause,
    evidence, reason, summary, tried, assignee_id, started_at, claimed_at,
    first_reply_at, first_reply_by, ended_at, how_ended, verdict)
SELECT 'hnd_' || id, %(account)s, id, bot_id, inbox_id,
    (ARRAY['human_requested','human_requested','human_requested',
        'lack_of_information','lack_of_information','failed_to_resolve',
        'promised','bot_error'])[1 + n %% 8],
    '', '', '', '{}', who, at,
    CASE WHEN n %% 9 > 0 THEN at + interval '1 minute' * (n %% 20) END,
    CASE WHEN n %% 9 > 0 AND n %% 11 > 0
        THEN at + make_interval(secs => (n %% 40) * (n %% 40) * (n %% 13)) END,
    CASE WHEN n %% 9 > 0 AND n %% 11 > 0 THEN who END,
    at + interval '1 day', CASE n %% 3 WHEN 0 THEN 'resumed' ELSE 'handed_back' END,
    CASE n %% 10 WHEN 0 THEN 'right' WHEN 1 THEN 'right' WHEN 2 THEN 'too_early' END
FROM (
    SELECT *, substr(id, 6)::int AS n, created_at + interval '4 minutes' AS at,
        CASE WHEN substr(id, 6)::int %% 9 = 0 THEN NULL
            WHEN substr(id, 6)::int %% 3 = 0 THEN %(ann)s ELSE %(bo)s END AS who
    FROM conversations WHERE id LIKE 'cnv_c%%'
) c WHERE n %% 10 IN (0, 3, 7)
"""


async def invite_crowd(
    tx: Tx, world: World, many: int, *, inboxes: list[str], now: datetime
) -> None:
    """So many contacts, a conversation each over the last 90 days, some handed over."""
    values = {
        "account": world.account_id,
        "ann": world.ann.id,
        "bo": world.bo.id,
        "bot": world.bot.id,
        "inboxes": inboxes,
        "many": many,
        "now": now,
    }
    for sql in (_CONTACTS, _TAGS, _CONVERSATIONS, _TURNS, _HANDOVERS):
        await tx.conn.execute(sql, values)
