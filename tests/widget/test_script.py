"""What is promised about the file that websites load."""

import re

import pytest

from stepaside.channels.widget import SCRIPT, STATIC
from tests.widget.conftest import Visitor

SOURCE = (STATIC / SCRIPT).read_text("utf-8")


def test_it_is_smaller_than_ten_kilobytes_as_it_is_written() -> None:
    assert len(SOURCE.encode()) < 10 * 1024


@pytest.mark.parametrize(
    "danger",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "style=",
    ],
)
def test_it_builds_nothing_from_strings(danger: str) -> None:
    assert danger not in SOURCE


def test_it_loads_nothing_from_anybody_else() -> None:
    addresses = set(re.findall(r"""["'`(]((?:https?:)?//[\w.-]+)""", SOURCE))
    assert addresses == set()
    assert not re.search(r"^\s*import\b|\bimport\(", SOURCE, re.MULTILINE)


async def test_any_website_may_load_it(cy: Visitor) -> None:
    answer = await cy.ask("GET", f"/{SCRIPT}")

    assert answer.status_code == 200
    assert answer.text == SOURCE
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    kept = set(answer.headers["cache-control"].split(", "))
    assert kept == {"public", "max-age=3600"}


async def test_the_demo_page_shows_its_inbox_under_a_strict_policy(
    cy: Visitor,
) -> None:
    answer = await cy.http.get("/demo")

    assert answer.status_code == 200
    assert (
        '<stepaside-chat inbox="&quot;&gt;&lt;b&gt;"></stepaside-chat>' in answer.text
    )
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for path in re.findall(r'(?:src|href)="(/demo/[^"]+)"', answer.text):
        assert (await cy.http.get(path)).status_code == 200
