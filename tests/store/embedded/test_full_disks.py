import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stepaside.store.embedded import DiskFullError, EmbeddedServer
from tests.store.embedded.processes import count, write

Disk = Callable[[str], Path]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """Make a small disk of one's own, gone after the test."""
    place = tmp_path / "disk"
    place.mkdir(mode=0o700)

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "small", str(place)]
        done = subprocess.run(  # noqa: S603  # a command of the system
            command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"no small disk to be had here: {done.stderr.strip()}")
        return place

    yield mount
    if place.is_mount():
        subprocess.run(["umount", str(place)], check=True)  # noqa: S603, S607


def test_too_little_room_is_said_before_anything_is_made(disk: Disk) -> None:
    place = disk("size=40m")
    with pytest.raises(DiskFullError, match=r"100 MB needed, 39 MB free.*Free some"):
        EmbeddedServer(place / "data").start()
    assert [x.name for x in (place / "data").iterdir()] == ["stepaside.lock"]


def test_a_disk_that_fills_up_while_the_cluster_is_made(disk: Disk) -> None:
    # Bytes enough, and too few inodes: what really happens, at a point of our choice.
    place = disk("size=500m,nr_inodes=300")
    with pytest.raises(DiskFullError, match=r"No space left.*inodes: df -i"):
        EmbeddedServer(place / "data").start()
    assert not list(place.glob("data/pg*"))


def test_a_disk_without_a_single_inode_left(disk: Disk) -> None:
    place = disk("size=500m,nr_inodes=2")
    (place / "last").write_text("")
    with pytest.raises(DiskFullError, match="No space left"):
        EmbeddedServer(place / "data").start()


def test_a_disk_that_is_full_at_a_later_start_loses_nothing(
    disk: Disk, data_dir: Path
) -> None:
    place = disk("size=150m")
    kept = Path(shutil.copytree(data_dir, place / "data"))
    with EmbeddedServer(kept) as server:
        write(server.start(), rows=20)
    # Not even the last page of the log has room for last words.
    (kept / "postgres.log").write_bytes(bytes(4 * 4096))
    _fill(place / "filler")

    with pytest.raises(DiskFullError, match="Free some space"):
        EmbeddedServer(kept).start()

    (place / "filler").unlink()
    with EmbeddedServer(kept) as server:
        assert count(server.start()) == 20


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert os.statvfs(path.parent).f_bavail == 0
