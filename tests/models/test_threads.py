"""The numbers are worked out on the thread that asks for them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

_COUNT = "import {}, os; print(len(os.listdir('/proc/self/task')))"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux")
@pytest.mark.parametrize("module", ["stepaside.bot.local", "stepaside.models.linear"])
def test_numpy_starts_no_threads_even_where_the_environment_says_nothing(
    module: str,
) -> None:
    assert _threads_after(module, os.environ) == 1


def test_who_sets_the_number_of_threads_keeps_it() -> None:
    kept = "import stepaside.bot, os; print(os.environ['OMP_NUM_THREADS'])"
    assert _python(kept, {**os.environ, "OMP_NUM_THREADS": "3"}) == "3"


def _threads_after(module: str, environment: Mapping[str, str]) -> int:
    own = {x: y for x, y in environment.items() if not x.endswith("_NUM_THREADS")}
    return int(_python(_COUNT.format(module), own))


def _python(code: str, environment: Mapping[str, str]) -> str:
    ran = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()
