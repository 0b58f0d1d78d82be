"""Find what is wrong with the demo's content beyond the shape of its files."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from stepaside.demo.model import ContactMessage, Demo, Expected

FEWEST_ARTICLES: Final = 45
FEWEST_CONVERSATIONS: Final = 36
FEWEST_EXPECTED: Final[Mapping[Expected, int]] = {
    Expected.ANSWERED: 20,
    Expected.HUMAN_REQUESTED: 6,
    Expected.LACK_OF_INFORMATION: 4,
    Expected.FAILED_TO_RESOLVE: 4,
}
STAFF: Final = 3


def find_problems(demo: Demo) -> tuple[str, ...]:
    """Every mistake, as the file, the place and what to mend; empty when all is well.

    Counts, names used twice, references to nobody and nothing, the length of the
    articles, and conversations the contact does not begin.
    """
    return tuple(problem for check in _CHECKS for problem in check(demo))


def _check_counts(demo: Demo) -> Iterator[str]:
    if len(demo.articles) < FEWEST_ARTICLES:
        yield f"knowledge.json: {len(demo.articles)} articles, not {FEWEST_ARTICLES}"
    if len(demo.conversations) < FEWEST_CONVERSATIONS:
        yield (
            f"conversations.json: {len(demo.conversations)} conversations, "
            f"not {FEWEST_CONVERSATIONS}"
        )
    if len(demo.business.staff) != STAFF:
        yield f"business.json: {len(demo.business.staff)} staff members, not {STAFF}"
    for expected, fewest in FEWEST_EXPECTED.items():
        found = sum(c.expect is expected for c in demo.conversations)
        if found < fewest:
            yield f"conversations.json: {found} expect {expected}, not {fewest}"


def _check_unique(demo: Demo) -> Iterator[str]:
    names = {
        "knowledge.json: article key": [a.key for a in demo.articles],
        "knowledge.json: article url": [a.url for a in demo.articles],
        "business.json: staff key": [s.key for s in demo.business.staff],
        "business.json: staff email": [s.email for s in demo.business.staff],
        "conversations.json: id": [c.id for c in demo.conversations],
        "conversations.json: email": [c.contact.email for c in demo.conversations],
    }
    for what, values in names.items():
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield f"{what} {value} is there twice"


def _check_rules(demo: Demo) -> Iterator[str]:
    scenarios = sorted(str(rule.get("scenario")) for rule in demo.business.rules)
    built_in = sorted(e for e in Expected if e is not Expected.ANSWERED)
    if scenarios != built_in:
        yield f"business.json: rules for {scenarios}, not one each for {built_in}"
    for rule in demo.business.rules:
        if not isinstance(rule.get("assign"), dict):
            yield f"business.json: rule {rule.get('name')} lacks assign"


def _check_references(demo: Demo) -> Iterator[str]:
    staff = {s.key for s in demo.business.staff}
    articles = {a.key for a in demo.articles}
    for where, key in _staff_named(demo):
        if key not in staff:
            yield f"{where}: no staff member has the key {key}"
    for talk in demo.conversations:
        for message in talk.messages:
            if message.article is not None and message.article not in articles:
                yield f"conversations.json: {talk.id}: no article {message.article}"


def _staff_named(demo: Demo) -> Iterator[tuple[str, str]]:
    """Every place that names a staff member, with the key it names."""
    for rule in demo.business.rules:
        key = dict(rule.get("assign") or {}).get("staff")
        if key is not None:
            yield f"business.json: rule {rule.get('name')}", key
    for talk in demo.conversations:
        where = f"conversations.json: {talk.id}"
        if talk.contact.owner is not None:
            yield where, talk.contact.owner
        for step in talk.steps:
            if not isinstance(step, ContactMessage):
                yield where, step.staff


def _check_lengths(demo: Demo) -> Iterator[str]:
    for article in demo.articles:
        words = len(article.text.split())
        if not 60 <= words <= 120:
            yield f"knowledge.json: {article.key}: {words} words, not 60 to 120"


def _check_openings(demo: Demo) -> Iterator[str]:
    for talk in demo.conversations:
        if not talk.steps or not isinstance(talk.steps[0], ContactMessage):
            yield f"conversations.json: {talk.id}: does not begin with the contact"


_CHECKS: Final[tuple[Callable[[Demo], Iterator[str]], ...]] = (
    _check_counts,
    _check_unique,
    _check_rules,
    _check_references,
    _check_lengths,
    _check_openings,
)
