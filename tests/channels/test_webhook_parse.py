"""What a system sends, however odd: read in full, or refused in words."""

import json
from typing import Any

import pytest

from stepaside.channels.base import Echo, Inbound
from stepaside.channels.webhook.parse import MAX_TEXT, Fact, parse
from stepaside.core.errors import InvalidField


def parsed(**data: Any) -> Fact | None:
    said = {"id": "m-1", "author": "contact", "text": "Hi", "contact": {"id": "cy"}}
    body = {"type": "message.created", "data": {**said, **data}}
    return parse("inb_1", json.dumps(body).encode())


def inbound(**data: Any) -> Inbound:
    fact = parsed(**data)
    assert isinstance(fact, Inbound)
    return fact


def test_what_a_contact_writes_is_mended_rather_than_lost() -> None:
    assert inbound(text="a\ud83db\0c\x1b[31m\n😀").text == "a\ufffdbc[31m\n😀"


def test_a_contacts_name_is_one_line_of_real_characters() -> None:
    odd = {"id": "cy", "name": "Cy\r\nBcc: x\0\ud800", "email": {"a": 1}}
    sender = inbound(contact=odd).sender
    assert sender is not None
    assert (sender.name, sender.email) == ("Cy Bcc: x\ufffd", "")


@pytest.mark.parametrize("id_", ["", " ", "x" * 201, "cy\0", "cy\ud800", 5])
def test_an_id_is_never_cut_or_mended_into_another_ones(id_: Any) -> None:
    with pytest.raises(InvalidField, match=r"^data\.contact\.id: "):
        parsed(contact={"id": id_})
    with pytest.raises(InvalidField, match=r"^data\.id: "):
        parsed(id=id_)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", 5]
)
def test_a_time_that_could_not_be_read_back_is_refused(at: Any) -> None:
    with pytest.raises(InvalidField, match=r"^data\.at: "):
        parsed(at=at)


@pytest.mark.parametrize("odd", [5, "abc", {"a": 1}])
def test_attachments_that_are_no_list_are_none(odd: Any) -> None:
    assert inbound(attachments=odd).text == "Hi"


def test_many_attachments_do_not_cost_the_words() -> None:
    text = inbound(attachments=[{"kind": "image"}] * 5000).text
    assert text.startswith("Hi\n[image]\n")
    assert len(text) <= MAX_TEXT


@pytest.mark.parametrize("odd", [5, {"a": 1}, "msg\0", "msg\ud800"])
def test_a_reference_that_is_no_id_of_ours_names_nothing(odd: Any) -> None:
    echo = parsed(author="business", reference=odd)
    assert isinstance(echo, Echo)
    assert echo.reference is None


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"1" * 5000, b"null"])
def test_what_is_no_object_is_refused_in_words(body: bytes) -> None:
    with pytest.raises(InvalidField, match=r"^body: "):
        parse("inb_1", body)
