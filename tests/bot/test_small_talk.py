"""What asks nothing gets one short honest line, and is no lack of information."""

from importlib.resources import files

import pytest

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.small_talk import small_talk
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.policy import DecisionKind
from stepaside.core.turn import Author, Line, Turn
from stepaside.demo.content import load
from stepaside.detectors.offers import offers_person
from stepaside.models.concepts import LANGUAGES
from stepaside.pipeline.decide_once import Verdict, decide_transcript
from tests.world import ARTICLES

SHOP = KnowledgeIndex.build(
    KnowledgeItem(id=KnowledgeItemId(title), title=title, text=text)
    for title, text in ARTICLES
)
ASKED, ANSWER = "How much is delivery?", f"{ARTICLES[2][0]}\n{ARTICLES[2][1]}"
WELCOME = "You are welcome! Is there anything else?"
NOTED = "Thank you. I cannot look that up myself. What would you like to know?"
WAITING = "Take your time. I am here."


def answer_to(said: str, *before: str) -> str | None:
    """The small talk after messages by contact and bot in turns."""
    return small_talk(Turn(burst=(_lines(said)), history=_lines(*before)))


def decide(said: str, *before: str) -> Verdict:
    """What is decided about `said`, with the shop's six articles."""
    before = before or (ASKED, ANSWER)
    return decide_transcript(_lines(*before, said), index=SHOP)


def _lines(*texts: str) -> tuple[Line, ...]:
    authors = (Author.CONTACT, Author.BOT)
    return tuple(Line(author=authors[i % 2], text=x) for i, x in enumerate(texts))


@pytest.mark.parametrize(
    "said",
    [
        "Thank you very much!",
        "Thank you so much!",
        "thats very helpful, thanks!",
        "All done, thanks!",
        "That will be all, thank you",
        "I understand, that's all I need",
        "Great, that answers my question",
        "perfect, thanks a lot for your help",
    ],
)
def test_thanks_get_thanks_and_lack_no_information(said: str) -> None:
    verdict = decide(said)
    assert verdict.answer == WELCOME
    assert verdict.decision.kind is DecisionKind.REPLY
    assert verdict.scores["lack_of_information"] < 0.1
    assert verdict.decision.failed_attempts == 0


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("شكرا جزيلا لك", "ar"),
        ("Moc děkuji!", "cs"),
        ("Mange tak for hjælpen", "da"),
        ("Vielen Dank, das war alles!", "de"),
        ("Thank you so much", "en"),
        ("Muchas gracias por tu ayuda", "es"),
        ("Kiitos paljon avusta!", "fi"),
        ("Merci beaucoup, c'est parfait", "fr"),
        ("बहुत बहुत धन्यवाद", "hi"),
        ("Terima kasih banyak", "id"),
        ("Grazie mille per l'aiuto!", "it"),
        ("ありがとうございました！", "ja"),
        ("정말 감사합니다", "ko"),
        ("Hartelijk dank!", "nl"),
        ("Tusen takk for hjelpen!", "no"),
        ("Dziękuję bardzo za pomoc", "pl"),
        ("Muito obrigado pela ajuda", "pt"),
        ("Mulțumesc foarte mult!", "ro"),
        ("Большое спасибо!", "ru"),
        ("Tack så mycket för hjälpen!", "sv"),
        ("ขอบคุณมากค่ะ", "th"),
        ("Çok teşekkür ederim", "tr"),
        ("Дуже дякую!", "uk"),
        ("Cảm ơn bạn rất nhiều", "vi"),
        ("非常感谢！", "zh"),
    ],
)
def test_thanks_are_answered_in_their_language(said: str, language: str) -> None:
    verdict = decide(said)
    assert verdict.answer == _line_of(language, "THX")
    assert verdict.scores["lack_of_information"] < 0.1


@pytest.mark.parametrize(
    "said",
    [
        "thanks, but how do I return it?",
        "thanks, it still doesn't work",
        "thanks! my frame broke",
        "great, can I pay in instalments",
        "thank you, and the warranty?",
        "no thanks, that is not what I asked",
    ],
)
def test_thanks_before_something_else_do_not_settle_it(said: str) -> None:
    assert answer_to(said, ASKED, ANSWER) is None


@pytest.mark.parametrize("said", ["help", "help me please", "I need help", "and again"])
def test_asking_for_help_is_not_small_talk(said: str) -> None:
    assert answer_to(said) is None


@pytest.mark.parametrize(
    "said",
    ["4471-22", "#88213", "order number 4471-22", "it's 12 34 56", "cy@example.com"],
)
def test_a_number_is_acknowledged_and_neither_fails_nor_hands_over(said: str) -> None:
    for before in (ANSWER, "What is your order number?"):
        verdict = decide(said, ASKED, before)
        assert verdict.answer == NOTED
        assert verdict.decision.kind is DecisionKind.REPLY
        assert verdict.decision.failed_attempts == 0
        assert verdict.scores["attempt_failed"] < 0.5


@pytest.mark.parametrize(
    "said", ["where is order 4471-22", "is 4471-22 shipped?", "2 broken frames"]
)
def test_a_question_with_a_number_is_a_question(said: str) -> None:
    assert answer_to(said, ASKED, ANSWER) is None


@pytest.mark.parametrize(
    "said", ["one moment", "let me check", "hold on", "just a sec", "I'll try that"]
)
def test_who_asks_for_a_moment_is_given_time(said: str) -> None:
    verdict = decide(said)
    assert verdict.answer == WAITING
    assert verdict.decision.kind is DecisionKind.REPLY
    assert verdict.decision.failed_attempts == 0


def test_a_moment_is_given_in_the_language_of_the_conversation() -> None:
    assert answer_to("un momento", "¿dónde está mi pedido?", "x") == _line_of(
        "es", "WAIT"
    )
    assert answer_to("un momento", "dove è il mio ordine?", "x") == _line_of(
        "it", "WAIT"
    )


@pytest.mark.parametrize("said", ["*delivery", "delivery*", "ok", "yes", "👍"])
def test_neutral_turns_neither_fail_nor_hand_over(said: str) -> None:
    verdict = decide(said)
    assert verdict.answer
    assert verdict.decision.kind is DecisionKind.REPLY
    assert verdict.decision.failed_attempts == 0
    assert verdict.scores["lack_of_information"] < 0.1


def test_a_yes_to_whether_there_is_anything_else_is_asked_what() -> None:
    found = answer_to("yes", ASKED, ANSWER, "thanks", WELCOME)
    assert found == _line_of("en", "ASK")
    assert answer_to("no", ASKED, ANSWER, "thanks", WELCOME) == _line_of("en", "BYE")


@pytest.mark.parametrize(
    "said",
    [
        "No, you don't need to transfer me to a real person",
        "no need for a human",
        "I don't want to talk to an agent",
        "ich brauche keinen Mitarbeiter",
        "no necesito un agente",
    ],
)
def test_who_wants_no_person_stays_with_the_bot(said: str) -> None:
    for before in (ANSWER, "Would you like me to transfer you to a real person?"):
        verdict = decide(said, ASKED, before)
        assert verdict.decision.kind is DecisionKind.REPLY, before
        assert verdict.decision.failed_attempts == 0
        assert verdict.scores["human_requested"] < 0.5
        assert verdict.answer


def test_a_yes_after_an_ordinary_answer_asks_for_nobody() -> None:
    answers = [f"{title}\n{text}" for title, text in ARTICLES]
    answers += [f"{x.title}\n{x.text}" for x in load().articles]
    for before in (*answers, WELCOME, NOTED, "I have no information about that."):
        for said in ("yes", "ok, sure"):
            verdict = decide(said, ASKED, before)
            assert verdict.decision.kind is DecisionKind.REPLY, (before, said)


def test_a_yes_to_an_offered_person_still_asks_for_one() -> None:
    verdict = decide("yes", ASKED, "Would you like me to connect you to a person?")
    assert verdict.decision.kind is DecisionKind.HAND_OVER


def test_every_language_has_every_line_and_none_offers_a_person_by_itself() -> None:
    for language in LANGUAGES:
        for kind in ("GREET", "THX", "BYE", "ASK", "WAIT", "NOTED"):
            line = _line_of(language, kind)
            assert line
            assert kind == "GREET" or not offers_person(line), line


def _line_of(language: str, kind: str) -> str:
    source = (files("stepaside.bot") / "small_talk.txt").read_text("utf-8")
    begin = f"{language} {kind} "
    return next(
        x.removeprefix(begin) for x in source.splitlines() if x.startswith(begin)
    )
