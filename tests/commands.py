"""Running Stepaside as people do: as a program, with an environment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict

from stepaside.settings import PREFIX

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read."""
        return json.loads(self.out)


def stepaside(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """Run a command to its end. Settings are given without their prefix."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "stepaside", *arguments],
        env=environment_with(environment),
        cwd=CHECKOUT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@contextmanager
def serving(
    *arguments: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that goes on; the process, and its first line once it is ready."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", "stepaside", *arguments],
        env=environment_with(environment),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def end(process: subprocess.Popen[str]) -> int:
    """Tell a process to stop; its exit status."""
    process.send_signal(signal.SIGTERM)
    return process.wait(60)


def as_url(conninfo: str) -> str:
    """The same as a URL, as an operator writes it."""
    known = conninfo_to_dict(conninfo)
    password = known.pop("password", None)
    who = str(known.pop("user")) + (f":{quote(str(password))}" if password else "")
    database = known.pop("dbname")
    return f"postgresql://{who}@/{database}?{urlencode(known)}"


def environment_with(settings: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PREFIX) and name != "DATABASE_URL"
    }
    return kept | {f"{PREFIX}{name}": value for name, value in settings.items()}
