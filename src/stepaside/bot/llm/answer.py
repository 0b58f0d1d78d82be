"""What a language model is asked for: one structured answer to one turn."""

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _seen(text: str) -> str:
    return _UNSEEN.sub("", text)


Words = Annotated[str, AfterValidator(_seen)]
"""What a model wrote, without control characters: a contact may talk it into some, and
no database takes U+0000, so that the turn would fail again and again."""
KINDS = Literal["answer", "small_talk", "question", "no_information"]


class Heard(BaseModel):
    """Something the contact said, in the contact's own words.

    The descriptions below are sent to the model: they are part of the prompt.
    """

    model_config = ConfigDict(extra="ignore")

    id: Words = Field(description="The id of the condition that holds.", max_length=40)
    words: Words = Field(
        description="The contact's own words that show it, copied exactly from the "
        "newest messages.",
        max_length=500,
    )


class Answer(BaseModel):
    """The model's answer and what it noticed. Words and findings are kept apart."""

    model_config = ConfigDict(extra="ignore")

    kind: KINDS = Field(
        description="answer: the sources answer the question. question: one short "
        "question back, because the contact's wish is not clear. small_talk: greeting "
        "or thanks, nothing was asked. no_information: the sources do not answer it."
    )
    text: Words = Field(
        default="",
        description="What to say to the contact; empty for no_information.",
        max_length=4000,
    )
    sources: list[Words] = Field(
        default_factory=list,
        description="The ids of the sources every statement of the text stands in.",
        max_length=20,
    )
    wants_person: Words = Field(
        default="",
        description="Where the contact asks in the newest messages to talk to a human "
        "being now: the contact's own words, copied exactly. Otherwise empty. Empty "
        "too for questions about this service, for other people's agents, for what "
        "somebody else said, and for what the contact does not want.",
        max_length=500,
    )
    last_answer_failed: Words = Field(
        default="",
        description="Where the newest messages show that the previous answer did not "
        "help: the contact's own words, copied exactly. Otherwise empty.",
        max_length=500,
    )
    conditions: list[Heard] = Field(
        default_factory=list,
        description="The given conditions that hold for the newest messages.",
        max_length=20,
    )
