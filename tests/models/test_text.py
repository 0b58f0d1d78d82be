"""Text is cut and folded, whatever it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepaside.models.text import (
    LONG,
    MAX_CHARS,
    asks,
    breaths,
    clauses,
    clip,
    fold,
    is_question,
    sentences,
    words,
)


def test_spellings_that_mean_the_same_are_made_equal() -> None:
    assert fold("Ｆünf ÉTÉ") == fold("funf ete")
    assert words("I DON’T know") == words("i don't know") == ["i", "dont", "know"]
    assert words("l'agent") == ["l", "agent"]
    assert fold("موظّف") == fold("موظف")


def test_letters_that_only_look_like_accents_stay() -> None:
    assert words("मुझे") == ["मुझे"]
    assert words("が") != words("か")


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    cut = clip("begin" + "x" * 50_000 + "end")
    assert len(cut) <= MAX_CHARS + 1
    assert cut.startswith("begin")
    assert cut.endswith("end")


def test_sentences_stand_as_written() -> None:
    text = "It costs 4.50 euros, e.g. here.  Is that all? Yes!\n好的。谢谢"
    assert sentences(text) == [
        "It costs 4.50 euros, e.g. here.",
        "Is that all?",
        "Yes!",
        "好的。",
        "谢谢",
    ]


def test_the_full_stop_of_hindi_is_no_letter() -> None:
    assert words("मुझे एजेंट से बात करनी है।") == words("मुझे एजेंट से बात करनी है")
    assert clauses("धन्यवाद।नमस्ते॥") == ["धन्यवाद", "नमस्ते", ""]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Is it?",
            "هل تم؟",
            "そうですか",
            "そうですか。",
            "需要转人工吗",
            "ใช่ไหมคะ",
            "本当？ ",
        ),
        *("Θέλετε να σας συνδέσω με έναν εκπρόσωπο;", "Είναι εντάξει\u037e"),
    ],
)
def test_a_question_is_known_in_every_script(text: str) -> None:
    assert is_question(text)
    assert asks(text)


@pytest.mark.parametrize("text", ["Is it? ok", "هل تم؟ نعم", "本当？好", "Τι; Ναι"])
def test_a_question_is_seen_before_the_end(text: str) -> None:
    assert asks(text)
    assert not is_question(text)


@pytest.mark.parametrize("text", ["It is.", "one; two;", "α · β", "そうですね。", ""])
def test_a_statement_is_no_question(text: str) -> None:
    assert not is_question(text)
    assert not asks(text)


def test_a_greek_question_ends_its_sentence() -> None:
    assert sentences("Τι κάνεις; Θέλω βοήθεια; Ναι.") == [
        "Τι κάνεις;",
        "Θέλω βοήθεια;",
        "Ναι.",
    ]
    assert sentences("one; two") == ["one; two"]


@given(st.text(max_size=500))
def test_every_sentence_is_a_part_of_its_text(text: str) -> None:
    found = sentences(text)
    assert all(x in text and x == x.strip() and x for x in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_long_sentence_is_cut_into_runs_that_overlap() -> None:
    text = " ".join(map(str, range(45)))
    assert [(x.split()[0], x.split()[-1]) for x in breaths(text)] == [
        ("0", "19"),
        ("10", "29"),
        ("20", "39"),
        ("30", "44"),
    ]
    assert breaths("short enough") == []
    assert len(breaths("好" * 300)) > 5


@given(st.text(max_size=2000))
def test_every_run_is_a_part_of_its_sentence_and_none_is_left_out(text: str) -> None:
    found = breaths(text)
    if found:
        end = 0
        for run in found:
            assert text.find(run) <= end
            end = text.find(run) + len(run)
        assert (
            "".join(found[0].split())
            == "".join(text.split())[: len("".join(found[0].split()))]
        )
        assert text.rstrip().endswith(found[-1])
    else:
        assert len(text.split()) <= LONG
