import os
import shutil
import stat
from pathlib import Path

import pytest

from stepaside.store.embedded import (
    ClusterVersionError,
    EmbeddedServer,
    EmbeddedServerError,
    WrongDirectoryError,
    choose_binaries,
    running_url,
)
from stepaside.store.embedded.sockets import socket_directory
from tests.store.embedded.processes import ask

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
as_plain_account = pytest.mark.skipif(
    os.geteuid() == 0, reason="root may write anywhere; see test_identities.py"
)


def _refused(data_dir: Path, kind: type[EmbeddedServerError], why: str) -> None:
    before = _state(data_dir)
    with pytest.raises(kind, match=why):
        EmbeddedServer(data_dir).start()
    assert _state(data_dir) == before


def _state(data_dir: Path) -> list[tuple[str, int, int]]:
    """What is there, without what we write into directories that are ours."""
    ours = ("stepaside.lock", "postgres.log", "run")
    return [
        (str(x), x.stat().st_mode, x.stat().st_uid)
        for x in (data_dir, *sorted(data_dir.rglob("*")))
        if x.name not in ours
    ]


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    _refused(tmp_path / "data", WrongDirectoryError, "is not a directory. Choose")


def test_a_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WrongDirectoryError, match="cannot be used"):
        EmbeddedServer(tmp_path / "file" / "data").start()


def test_a_directory_with_other_things_is_refused_and_left_as_it_was(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "holiday.jpg").write_text("")
    _refused(tmp_path, WrongDirectoryError, r"not ours \(holiday.jpg\). Choose")


def test_the_cluster_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("15\n")
    _refused(tmp_path, WrongDirectoryError, "cluster that something else made")


@as_root
def test_the_directory_of_another_account_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    _refused(tmp_path, WrongDirectoryError, "belongs to the account with uid 12345")


@as_plain_account
def test_a_directory_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    _refused(tmp_path, WrongDirectoryError, "Make it writable")
    with pytest.raises(WrongDirectoryError, match="Make it writable"):
        EmbeddedServer(tmp_path / "below").start()
    tmp_path.chmod(0o700)


def test_an_empty_directory_becomes_ours_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "lost+found").mkdir()  # what a fresh disk brings along
    with EmbeddedServer(tmp_path, fast=True):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_data_of_a_version_that_is_not_here_is_refused(data_dir: Path) -> None:
    here = choose_binaries()
    other = here.major - 1
    (data_dir / f"pg{here.major}").rename(data_dir / f"pg{other}")
    with pytest.raises(ClusterVersionError, match=f"data of PostgreSQL {other}"):
        EmbeddedServer(data_dir, binaries=here.directory).start()
    assert not (data_dir / f"pg{here.major}").exists()


def test_data_of_a_version_nobody_has_is_refused(data_dir: Path) -> None:
    here = choose_binaries()
    (data_dir / f"pg{here.major}").rename(data_dir / "pg99")
    _refused(data_dir, ClusterVersionError, "Make the programs of 99 available")


def test_data_under_the_name_of_another_version_is_refused(data_dir: Path) -> None:
    (version,) = data_dir.glob("pg*/data/PG_VERSION")
    version.write_text("9.6\n")
    _refused(data_dir, ClusterVersionError, "data of PostgreSQL 9.6")


@pytest.mark.parametrize("lost", ["password", "data/PG_VERSION"])
def test_a_cluster_that_lost_a_part_is_refused(data_dir: Path, lost: str) -> None:
    (missing,) = data_dir.glob(f"pg*/{lost}")
    missing.unlink()
    _refused(data_dir, WrongDirectoryError, f"{missing} is missing. Restore")


def test_a_cluster_that_lost_its_heart_says_so_in_postgresql_s_words(
    data_dir: Path,
) -> None:
    (heart,) = data_dir.glob("pg*/data/global/pg_control")
    heart.unlink()
    with pytest.raises(EmbeddedServerError, match="could not find the database system"):
        EmbeddedServer(data_dir).start()


def test_a_password_that_was_changed_is_no_mystery(data_dir: Path) -> None:
    (password,) = data_dir.glob("pg*/password")
    password.write_text("other")
    server = EmbeddedServer(data_dir, fast=True)
    with pytest.raises(EmbeddedServerError, match="password authentication failed"):
        server.start()
    assert not server.running


def test_a_long_path_has_its_socket_elsewhere(data_dir: Path) -> None:
    deep = data_dir.parent / ("d" * 120)
    data_dir.rename(deep)
    with EmbeddedServer(deep, fast=True) as server:
        assert "stepaside-" in server.start()
        assert ask(server.start(), "SELECT 1") == "1"
        assert running_url(deep) == server.start()
        elsewhere = ask(server.start(), "SHOW unix_socket_directories")
    assert stat.S_IMODE(Path(elsewhere).stat().st_mode) == 0o700
    shutil.rmtree(elsewhere)


def _elsewhere(temporary: Path) -> Path:
    return socket_directory(
        Path("/" + "d" * 120), uid=os.geteuid(), gid=os.getegid(), temporary=temporary
    )


def test_the_folder_elsewhere_is_found_again(open_dir: Path) -> None:
    assert _elsewhere(open_dir) == _elsewhere(open_dir)


def test_a_link_in_its_place_is_refused(open_dir: Path) -> None:
    folder = _elsewhere(open_dir)
    folder.rename(open_dir / "theirs")
    folder.symlink_to(open_dir / "theirs")
    with pytest.raises(EmbeddedServerError, match="only this account may enter"):
        _elsewhere(open_dir)


def test_a_folder_open_to_others_in_its_place_is_refused(open_dir: Path) -> None:
    _elsewhere(open_dir).chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="only this account may enter"):
        _elsewhere(open_dir)


@as_root
def test_a_folder_of_another_account_in_its_place_is_refused(open_dir: Path) -> None:
    os.chown(_elsewhere(open_dir), 12345, 12345)
    with pytest.raises(EmbeddedServerError, match="uid 12345"):
        _elsewhere(open_dir)


def test_no_room_for_the_path_anywhere_is_said(open_dir: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="Set TMPDIR"):
        _elsewhere(open_dir / ("t" * 120))
