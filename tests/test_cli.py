"""The command line: what it does, what it says, and how it ends."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from stepaside.cli.accounts import open_account
from stepaside.cli.upkeep import migrate
from stepaside.core.errors import InvalidField
from stepaside.settings import Settings
from tests.commands import CHECKOUT, as_url, end, serving, stepaside
from tests.postgres import Databases

HEAVY = {"litestar", "sqlalchemy", "psycopg", "pydantic", "numpy", "rich", "uvicorn"}


@pytest.fixture
def url(databases: Databases) -> str:
    return as_url(databases.fresh())


def test_help_needs_nothing_but_the_command_line_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import stepaside.cli, sys; print(*sys.modules)"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY.isdisjoint(done.stdout.split())
    assert "account" in stepaside("--help").out


@pytest.mark.parametrize("wrong", [["bogus"], ["up", "--bogus"], ["account", "create"]])
def test_wrong_usage_ends_with_2(wrong: list[str]) -> None:
    assert stepaside(*wrong).status == 2


def test_an_unknown_setting_is_one_line_and_no_trace() -> None:
    done = stepaside("up", PROT="8080")
    assert done.status == 1
    (line,) = done.err.splitlines()
    assert line.startswith("stepaside: STEPASIDE_PROT is not a setting.")
    assert "STEPASIDE_PORT" in line


def test_whoever_looks_for_the_cause_gets_the_trace() -> None:
    assert "Traceback" in stepaside("up", PROT="8080", DEBUG="1").err


def test_a_database_that_does_not_answer_is_one_line_without_its_password() -> None:
    done = stepaside("up", DATABASE_URL="postgresql://ann:hunter2@127.0.0.1:9/x")
    assert done.status == 1
    assert len(done.err.splitlines()) == 1
    assert "hunter2" not in done.err


def test_a_model_without_its_key_stops_the_start(url: str) -> None:
    done = stepaside("up", "--port", "0", DATABASE_URL=url, MODEL="openai:gpt-9")
    assert done.status == 1
    assert "STEPASIDE_MODEL" in done.err


def test_a_port_in_use_is_said_before_anything_is_started() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = stepaside("up", "--port", str(port), DATA_DIR="/nonexistent")
    assert done.status == 1
    assert f"Port {port}" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_first_account_can_call_what_up_serves(url: str) -> None:
    with serving("up", "--port", "0", DATABASE_URL=url) as (process, line):
        base_url = line.rpartition(" ")[2]
        assert status_of(f"{base_url}/healthz") == 200
        assert status_of(f"{base_url}/v1/bots") == 401
        made = stepaside(
            *("account", "create", "--name", "Pear Street Bikes"),
            *("--email", "ann@example.org", "--json"),
            DATABASE_URL=url,
            BASE_URL=base_url,
        ).json
        assert made["login_url"].startswith(f"{base_url}/desk/login/")
        assert status_of(made["login_url"]) == 200
        assert status_of(base_url) == 200
        assert status_of(f"{base_url}/v1/bots", made["api_key"]) == 200
        assert end(process) == 0
    assert workers(url) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "ann"), ("name", " "), ("time_zone", "Mars/Olympus")],
)
def test_an_account_with_a_senseless_field_is_refused(field: str, value: str) -> None:
    fields = {"name": "Pear", "email": "ann@example.org", "time_zone": "UTC"}
    fields[field] = value
    option = f"--{field.replace('_', '-')}"
    with pytest.raises(InvalidField, match=option):
        open_account(Settings(), **fields, owner="", as_json=False)


def test_web_and_worker_run_apart(url: str) -> None:
    with (
        serving("web", "--port", "0", DATABASE_URL=url) as (web, line),
        serving("worker", DATABASE_URL=url) as (worker, _),
    ):
        base_url = line.rpartition(" ")[2]
        assert status_of(f"{base_url}/readyz") == 200
        while workers(url) != 1:
            assert worker.poll() is None
            time.sleep(0.05)  # it says hello before it has registered
        assert end(web) == 0
        assert end(worker) == 0
    assert workers(url) == 0


def test_everything_survives_a_kill_and_commands_join_a_running_server(
    tmp_path: Path,
) -> None:
    home = {"DATA_DIR": str(tmp_path / "data"), "PORT": "0"}
    with serving("up", **home) as (process, _):
        made = create_account(**home)
        process.kill()
        process.wait()
    with serving("up", **home) as (process, line):
        base_url = line.rpartition(" ")[2]
        assert status_of(f"{base_url}/v1/bots", made["api_key"]) == 200
        assert end(process) == 0


def test_doctor_finds_nothing_wrong(url: str) -> None:
    done = stepaside("doctor", DATABASE_URL=url, PORT="0")
    assert done.status == 0
    assert "PostgreSQL" in done.out


def test_doctor_says_what_is_wrong_and_what_to_do() -> None:
    done = stepaside("doctor", DATABASE_URL="postgresql://127.0.0.1:9/x", PORT="0")
    assert done.status == 1
    assert "STEPASIDE_DATABASE_URL" in "".join(done.out.split())


def test_migrate_may_be_repeated(databases: Databases) -> None:
    empty = as_url(databases.empty())
    migrate(Settings(database_url=SecretStr(empty)))
    assert stepaside("migrate", DATABASE_URL=empty).status == 0


def create_account(**home: str) -> dict[str, str]:
    made = stepaside(
        *("account", "create", "--name", "Pear", "--email", "ann@example.org"),
        "--json",
        **home,
    )
    assert made.status == 0, made.err
    found: dict[str, str] = json.loads(made.out)
    return found


def status_of(url: str, key: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def workers(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT count(*) FROM jobs.procrastinate_workers").fetchone()
        return int(row[0]) if row else 0
