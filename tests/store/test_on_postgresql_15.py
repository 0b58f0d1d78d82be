"""The oldest PostgreSQL that is supported: the promises hold there too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepaside.store.embedded import EmbeddedServer

BINARIES = Path("/usr/lib/postgresql/15/bin")
PROMISES = ("tests/spec", "tests/scenarios", "tests/store/test_accounts.py")
NOT_OF_THE_DATABASE = (
    "--ignore=tests/scenarios/test_s51_s64_people_and_detection.py",
    "--deselect=tests/scenarios/test_s48_s50_told_in_time.py"
    "::test_s50_five_hundred_handovers_with_nobody_online_make_no_flood",
)
"""What is about models, or about how much there is, says nothing about a version."""


@pytest.mark.skipif(
    not (BINARIES / "postgres").exists(), reason="PostgreSQL 15 is not installed"
)
def test_the_promises_hold_on_postgresql_15(tmp_path: Path) -> None:
    server = EmbeddedServer(
        tmp_path / "fifteen", binaries=BINARIES, fast=True, max_connections=100
    )
    with server:
        url = server.start()
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider"),
                *(*PROMISES, *NOT_OF_THE_DATABASE),
            ],
            env={**os.environ, "STEPASIDE_TEST_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
