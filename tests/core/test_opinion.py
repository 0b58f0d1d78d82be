"""A model's second opinion confirms a doubt; it silences and invents nothing."""

from hypothesis import given
from hypothesis import strategies as st

from stepaside.core.ids import RuleId
from stepaside.core.opinion import CONFIRMED, DOUBT, second_opinions
from stepaside.core.signal import ACTS_AT, Signal, SignalName

HUMAN = SignalName.HUMAN_REQUESTED
SCORES = st.floats(0, 1)
NAMES = st.sampled_from(SignalName)


def signal(
    name: SignalName,
    score: float,
    *,
    rule: str = "",
    evidence: str = "",
    reason: str = "",
) -> Signal:
    return Signal(
        name=name,
        score=score,
        evidence=evidence,
        reason=reason,
        detector="here/1",
        rule_id=RuleId(rule) if rule else None,
    )


def opinion(name: SignalName, words: str = "somebody", rule: str = "") -> Signal:
    return signal(name, 1.0, evidence=words, reason="Read so.", rule=rule)


def test_a_doubt_is_confirmed_with_the_contacts_words() -> None:
    (found,) = second_opinions([signal(HUMAN, 0.3)], [opinion(HUMAN)])
    assert (found.score, found.evidence) == (CONFIRMED, "somebody")
    assert found.details == {"before": 0.3}
    assert found.detector == "here/1+here/1"
    assert found.acts


def test_where_the_detector_sees_nothing_a_model_is_not_believed() -> None:
    calm = signal(HUMAN, DOUBT - 0.01)
    assert second_opinions([calm], [opinion(HUMAN)]) == (calm,)


def test_an_opinion_without_words_counts_for_nothing() -> None:
    doubt = signal(HUMAN, 0.3)
    assert second_opinions([doubt], [opinion(HUMAN, words="")]) == (doubt,)


def test_an_owners_condition_is_the_models_to_judge() -> None:
    ours = signal(SignalName.CUSTOM, 0.0, rule="a")
    other = signal(SignalName.CUSTOM, 0.0, rule="b")
    found = second_opinions([ours, other], [opinion(SignalName.CUSTOM, rule="a")])
    assert [x.acts for x in found] == [True, False]


def test_what_resets_the_count_is_not_the_models_to_say() -> None:
    solved = signal(SignalName.SOLVED, 0.3)
    assert second_opinions([solved], [opinion(SignalName.SOLVED)]) == (solved,)


@given(NAMES, SCORES, NAMES, SCORES, st.sampled_from(["", "words"]))
def test_no_opinion_ever_silences_a_detector(
    name: SignalName, score: float, about: SignalName, said: float, words: str
) -> None:
    before = signal(name, score)
    (after,) = second_opinions([before], [signal(about, said, evidence=words)])
    assert after.score >= before.score
    if before.score >= ACTS_AT:
        assert after == before
