"""The form of the goals and the test panel beside it, over HTTP."""

import json
from datetime import timedelta

import pytest

from stepaside.core.bot_settings import Transfer
from stepaside.core.events import API
from stepaside.core.ids import BotId
from stepaside.core.pauses import Resume
from stepaside.core.roster import Bot
from stepaside.core.rules import Scenario
from stepaside.store import configuration
from stepaside.store.bots import get_bot
from stepaside.store.changes import By
from stepaside.store.ids import new_id
from stepaside.store.workflows import Workflow, list_workflows
from tests.desk.bot_forms import HUMAN, Fields, at, form_on, key_of, rules_of, state_in
from tests.desk.office import Office, Seat
from tests.world import World

DOUBTFUL = """When are you open on Saturday?
No, that's not it
That still does not answer my question"""


async def test_the_form_sent_back_untouched_changes_nothing(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    before = await rules_of(world)
    await ann.opens(at(world, "/goals"))
    await ann.sends(at(world, "/goals"), **form_on(ann))
    assert (ann.status, ann.goes_to) == (303, f"/desk{at(world, '/goals')}")
    assert await rules_of(world) == before
    assert "Nothing changed yet" in await ann.opens(at(world, "/activity?show=changes"))


async def test_what_was_changed_is_saved_and_told_in_the_history(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {
        "goal": "Sell bikes",
        key_of(world, HUMAN, "final_message"): "Bye, {{contact.first_name}}!",
        key_of(world, HUMAN, "assign"): f"staff:{world.bo.id}",
        key_of(world, HUMAN, "pause.hours"): "3",
        key_of(world, HUMAN, "pause.days"): "",
        key_of(world, HUMAN, "tags"): ["vip", "bo"],
    }
    await ann.sends(at(world, "/goals"), **fields)
    assert ann.status == 303
    rule = (await rules_of(world))[HUMAN]
    assert rule.final_message == "Bye, {{contact.first_name}}!"
    assert (rule.staff_id, rule.pause.total_seconds()) == (world.bo.id, 3 * 3600)
    assert rule.tags == ("vip", "bo")
    told = await ann.opens(at(world, "/activity?show=changes"))
    assert "Ann Ash Changed the rule “Human requested” today 10:00" in told
    assert "Assign to nobody became → Bo Berg" in told
    assert "Bot pause 1 day became → 3 hours" in told


async def test_what_is_wrong_is_told_beside_the_field_and_nothing_is_saved(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {
        "goal": "Sell bikes",
        key_of(world, HUMAN, "pause.days"): "soon",
    }
    text = await ann.sends(at(world, "/goals"), **fields)
    assert ann.status == 422
    assert "Between 1 minute and 365 days." in text
    assert "Sell bikes" in ann.last.text
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_bot(tx, world.bot.id)).bot.goal == ""


async def test_two_people_at_one_form_both_keep_what_they_changed(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    mine = form_on(ann) | {"goal": "Sell bikes"}
    await world.change_rule(HUMAN, final_message="From Bo")
    await ann.sends(at(world, "/goals"), **mine)
    assert ann.status == 303
    assert (await rules_of(world))[HUMAN].final_message == "From Bo"
    async with world.db.transaction(world.account_id) as tx:
        assert (await get_bot(tx, world.bot.id)).bot.goal == "Sell bikes"


@pytest.mark.parametrize(
    ("choice", "kept"), [("mine", "From Ann"), ("theirs", "From Bo")]
)
async def test_what_both_changed_is_shown_and_chosen(
    office: Office, ann: Seat, choice: str, kept: str
) -> None:
    world = office.house.world
    field = key_of(world, HUMAN, "final_message")
    await ann.opens(at(world, "/goals"))
    mine = form_on(ann) | {field: "From Ann", "goal": "Sell bikes"}
    await world.change_rule(HUMAN, final_message="From Bo")
    text = await ann.sends(at(world, "/goals"), **mine)
    assert ann.status == 409
    assert "Nothing of yours is lost" in text
    assert "From Bo" in text
    again = form_on(ann)
    assert again[field] == ["From Ann"]
    rule_id = world.rules[HUMAN].id
    again[f"take.{rule_id}.final_message"] = choice
    await ann.sends(at(world, "/goals"), **again)
    assert ann.status == 303
    assert (await rules_of(world))[HUMAN].final_message == kept


async def test_a_rule_removed_and_another_added_in_one_save(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {key_of(world, HUMAN, "removed"): "1"}
    fields["rules"] = [*fields["rules"], "new-1"]
    fields |= {
        "r.new-1.scenario": "custom",
        "r.new-1.enabled": "on",
        "r.new-1.name": "Cancels",
        "r.new-1.trigger_condition": "The contact wants to cancel.",
        "r.new-1.phrases": ["I want to cancel", ""],
        "r.new-1.final_message": "One moment.",
        "r.new-1.pause_mode": "hand_back",
        "r.new-1.due.hours": "2",
    }
    await ann.sends(at(world, "/goals"), **fields)
    assert ann.status == 303
    rules = await rules_of(world)
    assert HUMAN not in rules
    added = rules[Scenario.CUSTOM]
    assert (added.title, added.example_phrases) == ("Cancels", ("I want to cancel",))
    assert (added.pause, added.task_enabled) == (None, False)


async def test_a_fourth_rule_is_refused_with_the_reason(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann)
    fields["rules"] = [*fields["rules"], "new-1"]
    fields |= {
        "r.new-1.scenario": "custom",
        "r.new-1.trigger_condition": "x",
        "r.new-1.phrases": "y",
        "r.new-1.pause_mode": "hand_back",
        "r.new-1.due.hours": "2",
    }
    text = await ann.sends(at(world, "/goals"), **fields)
    assert ann.status == 422
    assert "at most 3 handover rules" in text
    assert len(await rules_of(world)) == 3


async def test_looking_says_sentence_preview_and_faults_without_saving(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {
        key_of(world, HUMAN, "final_message"): "Hi {{contact.first_name}}",
        key_of(world, Scenario.LACK_OF_INFORMATION, "final_message"): "{{nobody}}",
    }
    await ann.presses(at(world, "/goals/look"), **fields)
    told = json.loads(ann.last.text)["rules"]
    human = told[world.rules[HUMAN].id]
    assert human["preview"] == "Hi Sam"
    assert human["sentence"] == (
        "When a contact asks for a person, let it wait for whoever claims it, "
        "pause the bot 1 day, create a task due in 1 day, tag human_handover."
    )
    wrong = told[world.rules[Scenario.LACK_OF_INFORMATION].id]
    assert list(wrong["faults"]) == ["final_message"]
    assert (await rules_of(world))[HUMAN].final_message.startswith("Thank you!")


async def test_the_test_panel_says_what_would_happen_and_stores_nothing(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {
        key_of(world, HUMAN, "assign"): f"staff:{world.bo.id}",
        key_of(world, HUMAN, "final_message"): "Bo comes, {{contact.first_name}}.",
        key_of(world, HUMAN, "tags"): ["vip"],
        "say": "Can someone real help me?",
        "trial_name": "Mia Moss",
    }
    text = await ann.presses(at(world, "/try"), **fields)
    assert ann.status == 200
    assert "Bo comes, Mia." in text
    assert "Hands over Human requested" in text
    assert "Assigned to Bo Berg the rule names Bo Berg" in text
    assert "Bot paused until tomorrow 10:00" in text
    assert "Task “Mia Moss asked for a person”, due tomorrow 10:00" in text
    assert "vip" in text
    assert "Bo Berg told: a conversation was assigned" in text
    async with world.db.transaction(world.account_id) as tx:
        for table in ("messages", "decisions", "handovers", "tasks", "notifications"):
            row = await tx.one(f"SELECT count(*) AS n FROM {table}")
            assert row == {"n": 0}, table
    assert (await rules_of(world))[HUMAN].staff_id is None


async def test_after_a_handover_the_bot_is_silent_until_it_is_handed_back(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    form = form_on(ann)
    await ann.presses(at(world, "/try"), **form, say="Can someone real help me?")
    text = await ann.presses(
        at(world, "/try"), **form, **state_in(ann), say="Are you open on Sunday?"
    )
    assert "Says nothing People have control." in text
    text = await ann.presses(at(world, "/try"), **form, **state_in(ann), do="back")
    assert "handed back" in text
    text = await ann.presses(
        at(world, "/try"), **form, **state_in(ann), say="Are you open on Sunday?"
    )
    assert "We are closed on Sunday" in text


async def test_a_whole_transcript_is_tried_turn_by_turn(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    text = await ann.presses(
        at(world, "/try"),
        **form_on(ann),
        transcript="When are you open on Saturday?\nConnect me to a person\nHello?",
    )
    assert text.count("Answers") == 1
    assert text.count("Hands over") == 1
    assert text.count("Says nothing") == 1


async def test_a_rule_that_is_wrong_is_left_out_of_the_trial_and_told(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {key_of(world, HUMAN, "final_message"): "{{nobody}}"}
    text = await ann.presses(at(world, "/try"), **fields, say="Connect me to a person")
    assert "Left out until it is mended: Human requested" in text
    assert "Hands over Human requested" not in text


async def the_workflow(world: World) -> Workflow:
    async with world.db.transaction(world.account_id) as tx:
        (flow,) = await list_workflows(tx)
        return flow


async def test_a_workflow_switches_a_rule_and_replaces_parts_of_it(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    rule = world.rules[HUMAN].id
    await ann.sends(at(world, "/workflows"), name="Winter sale")
    here = at(world, f"/workflows/{(await the_workflow(world)).id}/{rule}")
    await ann.sends(f"{here}/switch", state="off")
    assert (await the_workflow(world)).overrides == {rule: {"enabled": False}}
    await ann.opens(here)
    await ann.sends(
        here,
        **{
            "replace": ["pause", "assign"],
            "r.override.assign": f"staff:{world.bo.id}",
            "r.override.pause_mode": "time",
            "r.override.pause.hours": "2",
            "r.override.due.hours": "1",
            "r.override.final_message": "not ticked",
        },
    )
    assert ann.status == 303
    laid = (await the_workflow(world)).overrides[rule]
    assert (laid["enabled"], laid["staff_id"]) == (False, world.bo.id)
    assert laid["pause"].total_seconds() == 7200
    assert "final_message" not in laid
    text = await ann.opens(at(world, "/goals"))
    assert "Replaces: Assign to, Pause the bot" in text
    await ann.sends(f"{here}/switch", state="")
    assert "enabled" not in (await the_workflow(world)).overrides[rule]
    assert "Changed the workflow “Winter sale”" in await ann.opens(
        at(world, "/activity?show=changes")
    )


async def test_what_is_replaced_keeps_the_limits_of_a_rule(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.sends(at(world, "/workflows"), name="Winter sale")
    flow = (await the_workflow(world)).id
    here = at(world, f"/workflows/{flow}/{world.rules[HUMAN].id}")
    text = await ann.sends(
        here,
        **{
            "replace": "final_message",
            "r.override.final_message": "{{nobody}}",
            "r.override.due.hours": "1",
            "r.override.pause_mode": "hand_back",
        },
    )
    assert ann.status == 422
    assert "nknown variable" in text
    assert (await the_workflow(world)).overrides == {}
    dee = await office.seat(world.dee)
    for path in (here, f"{here}/switch"):
        await dee.sends(path, state="off", replace="tags")
        assert dee.status == 404


async def test_a_workflow_is_tried_as_its_contacts_would_meet_it(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.sends(at(world, "/workflows"), name="Winter sale")
    flow = (await the_workflow(world)).id
    rule = world.rules[HUMAN].id
    await ann.sends(at(world, f"/workflows/{flow}/{rule}/switch"), state="off")
    await ann.opens(at(world, "/goals"))
    say: Fields = {"say": "Connect me to a person"}
    say |= form_on(ann)
    text = await ann.presses(at(world, "/try"), **say)
    assert "Hands over Human requested" in text
    text = await ann.presses(at(world, "/try"), **say, workflow=flow)
    assert "Hands over Human requested" not in text


async def test_a_stop_phrase_ends_the_trial_with_the_stop_message(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await world.change_bot(
        stop_phrases=("stop writing to me",), stop_message="I am silent now."
    )
    await ann.opens(at(world, "/goals"))
    form = form_on(ann)
    text = await ann.presses(at(world, "/try"), **form, say="Stop writing to me")
    assert "I am silent now. Falls silent for good" in text
    assert "The contact told the bot to stop. Stop writing to me" in text
    text = await ann.presses(
        at(world, "/try"), **form, **state_in(ann), say="Are you open on Sunday?"
    )
    assert "Says nothing People have control." in text
    assert "We are closed on Sunday" not in text


async def test_an_offer_is_shown_in_the_words_the_bot_has_for_it(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await world.change_bot(offer_message="Shall I fetch a person for you?")
    await ann.opens(at(world, "/goals"))
    text = await ann.presses(at(world, "/try"), **form_on(ann), transcript=DOUBTFUL)
    assert "Shall I fetch a person for you?" in text
    assert "Offers a person" in text


async def test_another_bot_that_would_go_on_is_named(office: Office, ann: Seat) -> None:
    world = office.house.world
    async with world.db.transaction(world.account_id) as tx:
        other = Bot(id=BotId(new_id("bot")), name="Invoice bot")
        await configuration.create_bot(tx, other, By(actor=API, at=world.clock()))
    await world.change_bot(
        transfers=(Transfer(bot_id=other.id, phrases=("I have an unpaid invoice",)),)
    )
    await ann.opens(at(world, "/goals"))
    text = await ann.presses(
        at(world, "/try"), **form_on(ann), say="I have an unpaid invoice"
    )
    assert "Passes on to another bot Invoice bot" in text


async def test_a_rule_speaks_other_languages_and_ends_its_pause_in_other_ways(
    office: Office, ann: Seat
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    said = {
        key_of(world, HUMAN, "l"): ["new-1", "new-2", "new-3"],
        key_of(world, HUMAN, "l.new-1.language"): "pl",
        key_of(world, HUMAN, "l.new-1.text"): "Dziękuję!",
        key_of(world, HUMAN, "l.new-2.language"): "de",
        key_of(world, HUMAN, "l.new-2.text"): "Danke!",
        key_of(world, HUMAN, "l.new-2.closed"): "Danke, wir haben zu.",
        key_of(world, HUMAN, "pause_mode"): "staff_inactive",
    }
    await ann.sends(at(world, "/goals"), **(form_on(ann) | said))
    assert ann.status == 303
    rule = (await rules_of(world))[HUMAN]
    assert rule.final_messages == (("de", "Danke!"), ("pl", "Dziękuję!"))
    assert rule.final_messages_out_of_hours == (("de", "Danke, wir haben zu."),)
    assert (rule.resume, rule.pause) == (Resume.STAFF_INACTIVE, timedelta(days=1))
    text = await ann.opens(at(world, "/goals"))
    assert "pause the bot until people are silent for 1 day" in text
    assert "German" in text
    await ann.sends(at(world, "/goals"), **form_on(ann))
    assert (await rules_of(world))[HUMAN] == rule, "untouched, it stays"
    told = await ann.opens(at(world, "/activity?show=changes"))
    assert "became → de: “Danke!”, pl: “Dziękuję!”" in told
    assert "What ends the pause Its time is over became → People have been" in told


@pytest.mark.parametrize(
    ("row", "control", "said"),
    [
        ({"language": "", "text": "Hi"}, "language", "Choose a language"),
        ({"language": "de", "text": "{{x}}"}, "text", "Unknown variable"),
        ({"language": "de", "closed": "{{x}}"}, "closed", "Unknown variable"),
    ],
)
async def test_what_is_wrong_in_a_language_is_told_beside_it(
    office: Office, ann: Seat, row: Fields, control: str, said: str
) -> None:
    world = office.house.world
    await ann.opens(at(world, "/goals"))
    fields = form_on(ann) | {key_of(world, HUMAN, "l"): "a"}
    fields |= {key_of(world, HUMAN, f"l.a.{name}"): text for name, text in row.items()}
    assert said in await ann.sends(at(world, "/goals"), **fields)
    assert ann.status == 422
    await ann.presses(at(world, "/goals/look"), **fields)
    faults = json.loads(ann.last.text)["rules"][world.rules[HUMAN].id]["faults"]
    assert list(faults) == [f"l.a.{control}"]
