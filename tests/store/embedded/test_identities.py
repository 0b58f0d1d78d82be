import functools
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from stepaside.store.embedded import EmbeddedServer, find_binaries
from tests.store.embedded.processes import (
    HOLD,
    ask,
    count,
    linux_only,
    seen_off,
    server_pid,
    starting,
    url_from,
    words_of,
    write,
)

pytestmark = [
    linux_only,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its identity"),
]

NOBODY = 65534
WITHOUT_NAMESPACES = (sys.executable, Path(__file__).with_name("without_namespaces.py"))


def _status(pid: int, field: str) -> list[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (found,) = (x.split()[1:] for x in lines if x.startswith(f"{field}:"))
    return found


def _modes(folder: Path) -> list[tuple[Path, int, int]]:
    return [(x, x.stat().st_mode, x.stat().st_uid) for x in (folder, *folder.parents)]


def test_root_runs_it_in_a_namespace_and_touches_no_permission(data_dir: Path) -> None:
    private = data_dir.parent
    private.chmod(0o700)
    before = _modes(private)
    with EmbeddedServer(data_dir, fast=True) as server:
        write(server.start(), rows=1)
        pid = server_pid(data_dir)
        mapped = Path(f"/proc/{pid}/uid_map").read_text().split()
        assert mapped == [str(NOBODY), "0", "1"]
        # Not a single privilege is left, also not inside of the namespace.
        assert _status(pid, "CapEff") == ["0000000000000000"]
        assert _status(pid, "CapPrm") == ["0000000000000000"]
    assert _modes(private) == before
    assert {x.stat().st_uid for x in data_dir.rglob("*")} == {0}


def test_where_namespaces_are_refused_root_runs_it_as_nobody(open_dir: Path) -> None:
    data_dir = open_dir / "data"
    before = _modes(open_dir)
    with starting(data_dir, "--fast", run=WITHOUT_NAMESPACES) as process:
        write(url_from(process), rows=3)
        pid = server_pid(data_dir)
        assert _status(pid, "Uid") == [str(NOBODY)] * 4
        assert _status(pid, "Groups") == []
        assert _status(pid, "CapEff") == ["0000000000000000"]
        with seen_off(pid):
            process.kill()
    assert _modes(open_dir) == before
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o711
    (password,) = data_dir.glob("pg*/password")
    assert stat.S_IMODE(password.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


def test_programs_that_nobody_may_enter_are_copied(open_dir: Path) -> None:
    programs, data_dir = _in_a_private_folder(open_dir), open_dir / "data"
    options = ("--binaries", programs, "--fast")
    with starting(data_dir, *options, run=WITHOUT_NAMESPACES) as process:
        write(url_from(process), rows=3)
        program = Path(f"/proc/{server_pid(data_dir)}/exe").resolve()
        assert program.is_relative_to(data_dir / "binaries")
        assert program.stat().st_uid == 0
    copied = (data_dir / "binaries").stat().st_mtime_ns
    with starting(data_dir, *options, run=WITHOUT_NAMESPACES) as process:
        assert count(url_from(process)) == 3
    assert (data_dir / "binaries").stat().st_mtime_ns == copied


def _in_a_private_folder(place: Path) -> Path:
    """The programs, where only root can go, as in a virtual environment in its home."""
    install = find_binaries().parent
    package = place / "private" / install.parent.name
    package.mkdir(parents=True)
    package.parent.chmod(0o700)
    (package / install.name).symlink_to(install)
    libraries = f"{install.parent.name}.libs"
    if (install.parent.parent / libraries).is_dir():
        (package.parent / libraries).symlink_to(install.parent.parent / libraries)
    return package / install.name / "bin"


def test_data_that_nobody_may_enter_is_refused_with_advice(data_dir: Path) -> None:
    data_dir.parent.chmod(0o700)
    before = _modes(data_dir.parent)
    with starting(data_dir, "--fast", run=WITHOUT_NAMESPACES) as process:
        said = words_of(process)
    assert "the account nobody may not enter" in said
    assert "for example /var/lib/stepaside" in said
    assert _modes(data_dir.parent) == before


def test_the_identity_may_change_between_two_starts(open_dir: Path) -> None:
    data_dir = open_dir / "data"
    with EmbeddedServer(data_dir, fast=True) as server:
        write(server.start(), rows=3)
    with starting(data_dir, "--fast", run=WITHOUT_NAMESPACES) as process:
        assert count(url_from(process)) == 3
    with EmbeddedServer(data_dir, fast=True) as server:
        assert count(server.start()) == 3
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert {x.stat().st_uid for x in data_dir.rglob("*")} == {0}


# A plain account, on a machine where the interpreter may be in root's private home:
# then it is shown at the same path in a view of the file system of our own.
_AS_ACCOUNT = """
set -e
account=$1 cover=$2; shift 2
if [ -n "$cover" ]; then
    shown=/mnt
    mount -t tmpfs aside "$shown"
    for path in $SHOWN; do
        mkdir -p "$shown$path"
        mount --rbind "$path" "$shown$path"
    done
    mount -t tmpfs -o mode=755 cover "$cover"
    for path in $SHOWN; do
        mkdir -p "$path"; mount --move "$shown$path" "$path"
    done
fi
exec setpriv --reuid="$account" --regid="$account" --clear-groups "$@"
"""


@functools.cache
def _as_account(uid: int) -> tuple[str, ...]:
    """The command that runs what follows as that account."""
    for program in ("unshare", "setpriv", "mount"):
        if not shutil.which(program):
            pytest.skip(f"no {program} here to become a plain account with")
    project = Path(__file__).resolve().parents[3]
    needed = {Path(sys.base_prefix), Path(sys.prefix), project}
    cover = next((x for x in map(_closed_to_others, needed) if x), None)
    hidden = [x for x in needed if cover and x.is_relative_to(cover)]
    shown = " ".join(str(x) for x in hidden if needed.isdisjoint(x.parents))
    view = ("unshare", "-m", "env", f"SHOWN={shown}", "sh", "-c", _AS_ACCOUNT, "sh")
    command = (*view, str(uid), str(cover or ""), sys.executable)
    trial = subprocess.run(  # noqa: S603  # commands of the system
        [*command, "-c", "import stepaside.store.embedded"],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode:
        pytest.skip(f"no plain account to be had here: {trial.stderr.strip()}")
    return command


def _closed_to_others(path: Path) -> Path | None:
    """The outermost folder on the way that others may not pass."""
    way = (*reversed(path.parents), path)
    return next((x for x in way if not x.stat().st_mode & stat.S_IXOTH), None)


def test_a_plain_account_runs_it_as_itself(open_dir: Path) -> None:
    data_dir = open_dir / "data"
    data_dir.mkdir()
    os.chown(data_dir, NOBODY, NOBODY)
    with starting(data_dir, "--fast", run=(*_as_account(NOBODY), *HOLD)) as process:
        write(url_from(process), rows=3)
        pid = server_pid(data_dir)
        assert _status(pid, "Uid") == [str(NOBODY)] * 4
        assert Path(f"/proc/{pid}/uid_map").read_text().split()[1] == "0"
        with seen_off(pid):
            process.kill()
    with starting(data_dir, "--fast", run=(*_as_account(NOBODY), *HOLD)) as process:
        assert count(url_from(process)) == 3
    assert {x.stat().st_uid for x in data_dir.rglob("*")} == {NOBODY}


def test_a_plain_account_is_told_where_it_may_not_write(open_dir: Path) -> None:
    for data_dir in (open_dir, open_dir / "below"):
        with starting(data_dir, "--fast", run=(*_as_account(NOBODY), *HOLD)) as process:
            said = words_of(process)
        assert str(open_dir) in said
        assert "choose another" in said


def test_an_account_without_a_name_runs_it_too(open_dir: Path) -> None:
    # Containers are started under any number, and initdb insists on a name.
    data_dir, number = open_dir / "data", 123456
    data_dir.mkdir()
    os.chown(data_dir, number, number)
    with starting(data_dir, "--fast", run=(*_as_account(number), *HOLD)) as process:
        assert ask(url_from(process), "SELECT 1") == "1"
        assert _status(server_pid(data_dir), "Uid") == [str(number)] * 4
