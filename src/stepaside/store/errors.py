"""What the store refuses."""

from stepaside.core.errors import StepasideError


class NotFound(StepasideError):
    """No such thing in this account. Another account's things are not found either.

    kind: what was looked for, in the words of the glossary (`bot`, `staff member`).
    id: the id that was asked for.
    """

    def __init__(self, kind: str, id: str) -> None:  # noqa: A002 - the word is exact
        super().__init__(f"There is no {kind} {id}.")
        self.kind = kind
        self.id = id
