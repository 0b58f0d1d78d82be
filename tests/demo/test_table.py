"""The demo's table ends with where to go on."""

import pytest

from stepaside.demo.table import render

URLS = {
    "desk": "http://127.0.0.1:8080/desk/login/once",
    "shop": "http://127.0.0.1:8080/demo",
    "api": "http://127.0.0.1:8080/v1",
}


def test_a_demo_that_stays_up_says_where(capsys: pytest.CaptureFixture[str]) -> None:
    render([], {}, 1.0, URLS)
    shown = capsys.readouterr().out
    assert all(url in shown for url in URLS.values())


def test_a_demo_that_ends_names_no_address_that_is_gone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    render([], {}, 1.0, None)
    shown = capsys.readouterr().out
    assert "http" not in shown
    assert "Without --once it stays up" in shown
