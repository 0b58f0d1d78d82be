"""What asks nothing gets one short honest line, and is no lack of information."""

import re
from importlib.resources import files

import pytest

from stepaside.bot.knowledge import KnowledgeIndex
from stepaside.bot.small_talk import small_talk
from stepaside.core.ids import KnowledgeItemId
from stepaside.core.knowledge import KnowledgeItem
from stepaside.core.policy import DecisionKind
from stepaside.core.turn import Author, Line, Turn
from stepaside.demo.content import load
from stepaside.detectors.offers import accepts_offer
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
HELPING = "Gladly. What is it about?"
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
        ("Ευχαριστώ πολύ για τη βοήθεια!", "el"),
        ("תודה רבה, זה הכל", "he"),
        ("Köszönöm szépen, ennyi volt", "hu"),
        ("बहुत बहुत धन्यवाद", "hi"),
        ("धन्यवाद।", "hi"),
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
        "شكرا، والتوصيل؟",
        "谢谢，退款呢？",
        "ありがとう、送料は？",
        "Ευχαριστώ, και η επιστροφή;",
    ],
)
def test_thanks_before_something_else_do_not_settle_it(said: str) -> None:
    assert answer_to(said, ASKED, ANSWER) is None


@pytest.mark.parametrize(
    "said",
    [
        "help",
        "HELP!!!",
        "help me please",
        "can you help me?",
        "I have a question",
        "I have a problem",
        "thanks, I have another question",
        "yes, I have a question",
    ],
)
def test_who_asks_for_help_without_saying_with_what_is_asked(said: str) -> None:
    for before in (("hello", _line_of("en", "GREET")), (ASKED, ANSWER)):
        verdict = decide(said, *before)
        assert verdict.answer == HELPING
        assert verdict.decision.kind is DecisionKind.REPLY
        assert verdict.decision.failed_attempts == 0


@pytest.mark.parametrize(
    "said",
    [
        "help, my card was stolen",
        "can you help me with my invoice?",
        "I have a question about my order",
        "I need help returning a bike",
        "I have a problem with my bike",
        "what can you do about a broken frame?",
        "who are you and when are you open?",
        "how are you paid?",
        "maybe tomorrow",
        "and again",
    ],
)
def test_a_question_that_begins_like_small_talk_is_a_question(said: str) -> None:
    assert answer_to(said) is None


@pytest.mark.parametrize(
    "said",
    ["you can't help me", "that was no help", "great help!", "I have no questions"],
)
def test_words_about_help_ask_for_none(said: str) -> None:
    assert answer_to(said) != HELPING


def test_a_no_to_an_answer_beside_asking_for_help_is_a_failed_attempt() -> None:
    verdict = decide("no me ayudas")
    assert verdict.decision.failed_attempts == 1
    assert verdict.answer != _line_of("es", "HELP")


@pytest.mark.parametrize(
    "said", ["can someone help me?", "kann mir jemand helfen?", "I don't want the bot"]
)
def test_a_wish_for_a_person_is_heard_before_small_talk(said: str) -> None:
    assert decide(said).decision.cause == "human_requested"


@pytest.mark.parametrize(
    "said",
    ["are you a bot?", "is this a real person?", "who are you?", "what can you do?"],
)
def test_who_asks_about_the_bot_is_told_what_it_is_and_of_people(said: str) -> None:
    verdict = decide(said)
    assert verdict.answer == _line_of("en", "BOT")
    assert verdict.decision.kind is DecisionKind.REPLY
    assert verdict.decision.failed_attempts == 0


def test_no_person_is_named_to_who_asks_about_a_bot_that_hands_over_to_none() -> None:
    turn = Turn(burst=_lines("are you a bot?"), person_on_request=False)
    found = small_talk(turn)
    assert found
    assert _line_of("en", "BOT").startswith(found)
    assert "person" not in found


def test_what_an_article_says_about_the_bot_is_said_rather_than_the_fixed_line() -> (
    None
):
    does = ("What can you do?", "I can tell you about bikes, returns and repairs.")
    index = KnowledgeIndex.build(
        KnowledgeItem(id=KnowledgeItemId(title), title=title, text=text)
        for title, text in (*ARTICLES, does)
    )
    asked = _lines(ASKED, ANSWER, "what can you do?")
    assert does[1] in (decide_transcript(asked, index=index).answer or "")


def test_how_it_is_gets_an_answer_and_a_question() -> None:
    assert answer_to("how are you?") == _line_of("en", "WELL")
    assert answer_to("Hi, how are you?") == _line_of("en", "GREET")


@pytest.mark.parametrize("said", ["maybe", "perhaps", "not sure", "I don't know"])
def test_who_is_unsure_is_given_time(said: str) -> None:
    assert answer_to(said) == WAITING


@pytest.mark.parametrize(
    ("language", "about", "well", "needs", "stays"),
    [
        ("ar", "هل أنت روبوت؟", "كيف حالك؟", "لدي سؤال", "أفضل البقاء مع الروبوت"),
        ("cs", "Jste robot?", "Jak se máte?", "Mám dotaz", "Raději zůstanu u bota"),
        (
            *("da", "Er du et menneske eller en bot?", "Hvad så, hvordan har du det?"),
            *("Jeg har et spørgsmål", "Nej, botten er fin"),
        ),
        (
            *("de", "Bist du ein Mensch oder ein Bot?", "Wie geht es Ihnen?"),
            *("Können Sie mir bitte helfen?", "Nein, der Bot reicht mir"),
        ),
        (
            *("el", "Είσαι άνθρωπος ή ρομπότ;", "Τι κάνεις;"),
            *("Έχω μια ερώτηση", "Όχι, προτιμώ το bot"),
        ),
        (
            *("en", "Am I talking to a human?", "How are you doing today?"),
            *("Could you please help me?", "No, the bot is fine"),
        ),
        (
            *("es", "¿Eres un robot?", "¿Cómo estás?"),
            *("Tengo una pregunta", "No, prefiero seguir con el bot"),
        ),
        ("fi", "Oletko ihminen?", "Mitä kuuluu?", "Tarvitsen apua", "Botti riittää"),
        (
            *("fr", "Êtes-vous un robot ?", "Comment allez-vous ?"),
            *("J'ai une question", "Non, le bot me suffit"),
        ),
        (
            *("he", "אתה בן אדם או בוט?", "מה שלומך?"),
            *("יש לי שאלה", "אני מעדיף את הבוט"),
        ),
        (
            *("hi", "क्या आप इंसान हैं?", "आप कैसे हैं?"),
            *("मुझे मदद चाहिए", "बॉट ही ठीक है"),
        ),
        (
            *("hu", "Ember vagy vagy robot?", "Hogy vagy?"),
            *("Lenne egy kérdésem", "Inkább maradok a botnál"),
        ),
        ("id", "Apakah Anda robot?", "Apa kabar?", "Saya mau tanya", "Bot saja cukup"),
        (
            *("it", "Sei un robot?", "Come stai?"),
            *("Ho una domanda", "Preferisco restare con il bot"),
        ),
        (
            "ja",
            "あなたは人間ですか？",
            "お元気ですか？",
            "質問があります",
            "ボットでいいです",
        ),
        ("ko", "사람인가요?", "어떻게 지내세요?", "질문이 있어요", "봇이면 충분해요"),
        (
            *("nl", "Ben je een mens?", "Hoe gaat het met je?"),
            *("Ik heb een vraag", "Ik blijf liever bij de bot"),
        ),
        (
            *("no", "Snakker jeg med et menneske?", "Går det bra med deg?"),
            *("Jeg trenger hjelp", "Jeg vil heller snakke med boten"),
        ),
        (
            *("pl", "Jesteś człowiekiem?", "Jak się masz?"),
            *("Mam pytanie", "Wolę zostać z botem"),
        ),
        (
            *("pt", "Você é um robô?", "Como você está?"),
            *("Preciso de ajuda", "Prefiro continuar com o bot"),
        ),
        (
            *("ro", "Sunteți un robot?", "Cum sunteți?"),
            *("Am o întrebare", "Prefer să rămân cu botul"),
        ),
        ("ru", "Ты бот?", "Как дела?", "У меня вопрос", "Лучше останусь с ботом"),
        (
            *("sv", "Är du en människa?", "Hur mår du?"),
            *("Jag har en fråga", "Jag stannar hellre hos botten"),
        ),
        ("th", "คุณเป็นคนหรือบอท", "สบายดีไหม", "ขอถามหน่อยค่ะ", "บอทก็ได้ค่ะ"),
        ("tr", "Robot musun?", "Nasılsın?", "Bir sorum var", "Bot yeterli"),
        ("uk", "Ти бот?", "Як справи?", "У мене є питання", "Краще залишуся з ботом"),
        (
            *("vi", "Bạn có phải là robot không?", "Bạn khỏe không?"),
            *("Tôi cần giúp đỡ", "Tôi muốn tiếp tục với bot"),
        ),
        ("zh", "你是真人吗？", "最近怎么样？", "我有个问题", "机器人就行"),
    ],
)
def test_what_leads_up_to_a_question_is_answered_in_every_language(
    language: str, about: str, well: str, needs: str, stays: str
) -> None:
    kinds = {about: "BOT", well: "WELL", needs: "HELP", stays: "ASK"}
    for said, kind in kinds.items():
        assert answer_to(said) == _line_of(language, kind), said
        decision = decide(said).decision
        assert decision.kind is DecisionKind.REPLY, said
        assert decision.failed_attempts == 0, said


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


@pytest.mark.parametrize("said", ["？？？", "؟", "??", "😡"])
def test_a_mark_or_a_frown_alone_is_asked_what(said: str) -> None:
    assert answer_to(said) == _line_of("en", "ASK")


def test_a_thumb_down_gets_another_try_and_no_farewell() -> None:
    verdict = decide("👎")
    assert verdict.decision.failed_attempts == 1
    assert verdict.answer
    assert verdict.answer != _line_of("en", "BYE")


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
        for kind in ("GREET", "BOT", "THX", "BYE", "ASK", "WAIT", "NOTED", "WELL"):
            line = _line_of(language, kind)
            assert line
            assert not accepts_offer(line, "yes"), line
        assert _line_of(language, "HELP")


def test_the_greeting_and_the_line_about_the_bot_speak_of_people_alike() -> None:
    for language in LANGUAGES:
        about, greeting = _line_of(language, "BOT"), _line_of(language, "GREET")
        assert re.split(r"(?<=[?？؟。।])\s*|(?<=\.)\s+", about)[-1] in greeting


def _line_of(language: str, kind: str) -> str:
    source = (files("stepaside.bot") / "small_talk.txt").read_text("utf-8")
    begin = f"{language} {kind} "
    return next(
        x.removeprefix(begin) for x in source.splitlines() if x.startswith(begin)
    )
