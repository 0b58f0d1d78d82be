"""Thirty days of people who come, work, are ill and forget, and of servers that die.

Nobody is ever left waiting in silence: every handover reaches a person, the end of the
steps that are taken about it, or that of its pause, of which staff are told until
somebody answers; everybody is told of each thing once, nothing that is owed is without
a deadline, and no contact without a visible next step.
"""

from datetime import timedelta

from stepaside.core.bot_settings import Step
from stepaside.core.effects import NotificationEvent
from stepaside.core.events import EventType
from tests.simulation.month import Month, Pace
from tests.world import World

SEED = 20_261_122


async def nothing_is_forgotten(month: Month) -> None:
    """At any moment, once what is due by then has been done."""
    now = month.world.clock()
    rows = await month.ask(
        """SELECT id, control, due_at, reply_due_at, waiting_since FROM conversations
        WHERE status = 'open' AND (
            control <> 'bot' AND (due_at IS NULL OR due_at <= %s)
            OR control <> 'bot' AND waiting_since IS NOT NULL AND reply_due_at IS NULL
            OR control = 'bot' AND (waiting_since IS NOT NULL OR clarifying)
                AND turn_due_at IS NULL AND (due_at IS NULL OR due_at <= %s))""",
        now,
        now,
    )
    assert rows == []


async def test_nobody_is_left_waiting_in_silence_for_a_month(world: World) -> None:
    month = Month(world, Pace(days=30), SEED)
    await month.run(nothing_is_forgotten)

    figures = await month.figures()
    assert figures.handovers >= len(month.conversations) > 100
    assert figures.restarts > 10
    assert figures.lost > 10  # what dying processes had in mind
    assert figures.steps["owners"] > 10  # that far it went for want of an answer
    await the_laws_hold(month)


async def test_nor_where_hardly_anybody_comes_to_work(world: World) -> None:
    month = Month(world, Pace(days=10, answers=0.1, claims=0.1, ill=0.7), SEED)
    await month.run(nothing_is_forgotten)

    figures = await month.figures()
    assert figures.answered < figures.handovers
    await the_laws_hold(month)


async def test_nor_where_the_bot_is_back_before_people_are(world: World) -> None:
    month = Month(world, Pace(days=8, pause=timedelta(days=1)), SEED)
    await month.run(nothing_is_forgotten)

    figures = await month.figures()
    assert figures.answered < figures.handovers  # the bot was, over the weekend
    assert figures.steps["left"] >= figures.handovers - figures.answered
    await the_laws_hold(month)


async def the_laws_hold(month: Month) -> None:
    """What must be true of every month."""
    await whoever_asked_for_a_person_was_handed_over(month)
    await every_handover_reaches_a_person_or_an_end_that_staff_know_of(month)
    await each_step_is_taken_once_in_an_episode(month)
    await everybody_is_told_of_each_thing_once(month)
    await every_promise_is_kept_or_known_to_be_broken(month)


async def whoever_asked_for_a_person_was_handed_over(month: Month) -> None:
    """All of them do, are asked what it is about, and many never say."""
    kept = await month.ask(
        """SELECT c.id FROM conversations c WHERE NOT EXISTS (
            SELECT 1 FROM handovers h WHERE h.conversation_id = c.id)"""
    )
    assert kept == []
    (silent,) = await month.ask(
        """SELECT count(*) AS n FROM events WHERE type = %s AND actor = 'timer'""",
        EventType.HANDOVER_STARTED,
    )
    assert silent["n"] > 10


async def every_handover_reaches_a_person_or_an_end_that_staff_know_of(
    month: Month,
) -> None:
    """All steps were taken, or the pause ended before: then staff are told of that."""
    unanswered = await month.ask(
        """SELECT h.id FROM handovers h WHERE h.first_reply_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.conversation_id =
            h.conversation_id AND e.type = %s AND e.data->>'handover_id' = h.id
            AND e.data->>'step' = %s)
        AND NOT (h.how_ended = 'resumed' AND EXISTS (SELECT 1 FROM notifications n
            WHERE n.conversation_id = h.conversation_id AND n.event = %s
            AND n.created_at = h.ended_at))""",
        EventType.CHASED,
        Step.OWNERS,
        NotificationEvent.CONTACT_WAITING,
    )
    assert unanswered == []


async def each_step_is_taken_once_in_an_episode(month: Month) -> None:
    twice = await month.ask(
        """SELECT data->>'handover_id' AS episode, data->>'step' AS step, count(*)
        FROM events WHERE data->>'step' = ANY(%s) AND data ? 'handover_id'
        GROUP BY 1, 2 HAVING count(*) > 1""",
        list(Step),
    )
    assert twice == []


async def everybody_is_told_of_each_thing_once(month: Month) -> None:
    again = {key: n for key, n in month.post.accepted.items() if n > 1}
    assert again == {}
    assert await month.ask("SELECT id FROM outbox WHERE state = 'queued'") == []
    assert await month.ask("SELECT id FROM notifications WHERE state = 'failed'") == []
    untold = await month.ask(
        """SELECT h.id FROM handovers h WHERE NOT EXISTS (SELECT 1 FROM notifications n
            WHERE n.conversation_id = h.conversation_id AND n.channel = 'in_app'
            AND n.event IN ('conversation_assigned', 'handover_waiting'))"""
    )
    assert untold == []
    told_twice = await month.ask(
        """SELECT e.data->>'handover_id' FROM events e WHERE e.type = %s
        GROUP BY 1 HAVING count(*) > 1""",
        EventType.HANDOVER_STARTED,
    )
    assert told_twice == []


async def every_promise_is_kept_or_known_to_be_broken(month: Month) -> None:
    now = month.world.clock()
    open_ones = await month.ask(
        "SELECT handover_id FROM promises WHERE state = 'given' AND due_at <= %s", now
    )
    assert open_ones == []
