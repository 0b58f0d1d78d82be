"""`./stepaside` in a fresh checkout: sets itself up once, then is out of the way."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT

TOOLS = ("cat", "cmp", "cp", "dirname", "grep", "readlink", "rm", "sh", "tail")


class Checkout:
    """A checkout of a tiny project under the real start script.

    Its lists ask for nothing at first, so setting up needs no network.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "src" / "stepaside"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text("import sys; print(*sys.argv[1:])\n")
        (folder / "requirements").mkdir()
        self.ask_for("# nothing\n")
        shutil.copy(ROOT / "stepaside", folder / "stepaside")

    def ask_for(self, packages: str) -> None:
        for name in ("run.txt", "dev.txt"):
            (self.folder / "requirements" / name).write_text(packages)

    def begin(self, *args: str, by: str = "", **env: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603  # our own script
            [by or str(self.folder / "stepaside"), *args],
            cwd="/",
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *args: str, by: str = "", **env: str) -> tuple[int, str, str]:
        """Run to the end; give exit status, output, and what was said on the side."""
        started = self.begin(*args, by=by, STEPASIDE_PYTHON=sys.executable, **env)
        out, err = started.communicate(timeout=120)
        return started.returncode, out, err


@pytest.fixture
def fresh(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a checkout")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Give a checkout that two starts at the same moment have set up."""
    checkout = Checkout(tmp_path_factory.mktemp("ready") / "a checkout")
    starts = [
        checkout.begin(word, STEPASIDE_PYTHON=sys.executable) for word in ("one", "two")
    ]
    ended = [x.communicate(timeout=120) for x in starts]
    assert [out for out, _ in ended] == ["one\n", "two\n"]
    assert sum("installing" in err for _, err in ended) == 1, "only one installs"
    return checkout


def test_two_first_starts_at_once_set_up_once_and_both_run(ready: Checkout) -> None:
    assert ready.start("demo", "--once") == (0, "demo --once\n", "")


def test_it_starts_through_links_and_from_anywhere(
    ready: Checkout, tmp_path: Path
) -> None:
    (tmp_path / "direct").symlink_to(ready.folder / "stepaside")
    (tmp_path / "relative").symlink_to("direct")
    assert ready.start("x", by=str(tmp_path / "relative")) == (0, "x\n", "")


def test_arguments_arrive_as_they_were_given(ready: Checkout) -> None:
    assert ready.start("a b", "*", "") == (0, "a b * \n", "")


def test_a_checkout_that_was_moved_starts_without_the_network(ready: Checkout) -> None:
    moved = ready.folder.with_name("moved")
    ready.folder.rename(moved)
    try:
        assert ready.start("x", by=str(moved / "stepaside")) == (0, "x\n", "")
    finally:
        moved.rename(ready.folder)


def test_a_changed_list_is_installed_again_and_an_unreachable_index_is_named(
    ready: Checkout,
) -> None:
    ready.ask_for(f"stepaside-needs-this==1 --hash=sha256:{'0' * 64}\n")
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    status, out, err = ready.start("x", PIP_CONFIG_FILE=os.devnull, **nowhere)
    assert (status, out) == (1, "")
    assert "installing the packages" in err
    assert "the package index could not be reached" in err
    ready.ask_for("# nothing\n")
    status, out, err = ready.start("x")
    assert (status, out) == (0, "x\n"), "one good start mends it"


def path_with(folder: Path, **programs: str) -> str:
    """Make a PATH with the everyday tools and these scripts, and no Python."""
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (folder / tool).symlink_to(found)
    for name, script in programs.items():
        program = folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return str(folder)


def test_without_python_it_says_what_to_install(
    fresh: Checkout, tmp_path: Path
) -> None:
    started = fresh.begin(PATH=path_with(tmp_path / "bin", python3="exit 1"))
    _, err = started.communicate(timeout=30)
    assert started.returncode == 1
    assert "Python 3.11 or newer is needed" in err
    assert "apt install python3 python3-venv" in err
    assert not (fresh.folder / ".venv").exists()


def test_with_a_python_that_lacks_venv_it_says_what_to_install(
    fresh: Checkout, tmp_path: Path
) -> None:
    # Debian's python3 without python3-venv: new enough, but ensurepip is not there.
    lacking = 'case $2 in *ensurepip*) exit 1 ;; esac; exec PYTHON "$@"'
    python = lacking.replace("PYTHON", sys.executable)
    started = fresh.begin(PATH=path_with(tmp_path / "bin", python3=python))
    _, err = started.communicate(timeout=30)
    assert started.returncode == 1
    assert "python3 has no venv module" in err
    assert "apt install python3-venv" in err
