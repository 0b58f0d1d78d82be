"""What a detector found. A signal never decides: the policy does."""

from dataclasses import dataclass, field
from enum import StrEnum

from stepaside.core.ids import RuleId


class SignalName(StrEnum):
    """The questions detectors answer about one turn."""

    HUMAN_REQUESTED = "human_requested"
    """The contact wants a person now."""
    LACK_OF_INFORMATION = "lack_of_information"
    """The knowledge does not answer what was asked."""
    ATTEMPT_FAILED = "attempt_failed"
    """This burst shows that the bot's previous answer did not help."""
    SOLVED = "solved"
    """The contact says it is settled, or thanks."""
    NEW_TOPIC = "new_topic"
    """The contact turned to something else."""
    CUSTOM = "custom"
    """The plain-language condition of one custom rule holds."""


ACTS_AT = 0.5
"""Scores are calibrated so that this is where the default rules act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One detector's finding about one turn.

    score: 0 to 1, calibrated: `ACTS_AT` is where a rule acts.
    evidence: the span of the contact's text, or the passage, that decided; may be
        empty where nothing was found.
    reason: one plain sentence for staff, without jargon.
    detector: name and version of what produced it, so that a decision can be
        reproduced (for example `human_requested/1`).
    rule_id: the rule a `custom` signal speaks of; None for every other name.
    details: numbers behind the score, by name; JSON-safe.
    """

    name: SignalName
    score: float
    evidence: str = ""
    reason: str = ""
    detector: str = ""
    rule_id: RuleId | None = None
    details: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score must be within 0 and 1, not {self.score}")

    @property
    def acts(self) -> bool:
        """Whether the score reaches the point where a default rule acts."""
        return self.score >= ACTS_AT
