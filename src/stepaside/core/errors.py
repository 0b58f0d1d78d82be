"""The root of every error this package raises on purpose."""


class StepasideError(Exception):
    """Catch this to catch all of them.

    A refusal is named as the fact that stands in the way (`AlreadyClaimed`); a
    failure somebody must act on ends in `Error`. The message says what to do.
    """


class Refusal(StepasideError):
    """What was asked for is not allowed as things stand; nothing was changed."""


class InvalidField(Refusal):
    """A value breaks a rule. Names the field and the rule.

    `field` is the dotted path as a caller of the API would write it, for example
    `pause.hours`.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule
