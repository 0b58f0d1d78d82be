import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepaside.store.embedded import EmbeddedServer

_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of one's own is made in it


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder for many clusters of 40 MB: in memory, if there is enough of it.

    A copy there takes a tenth of the time. It survives the death of a process as a
    disk does; the tests of a first start are on a real one.
    """
    usable = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 2**30
    with tempfile.TemporaryDirectory(dir=_MEMORY if usable else None) as name:
        folder = Path(name)
        folder.chmod(0o711)  # as pytest's own folders are private
        yield folder


@pytest.fixture(scope="session")
def stopped_cluster(place: Path) -> Path:
    """A data directory that was started once, to be copied."""
    with EmbeddedServer(place / "made", fast=True) as server:
        return server.data_dir


@pytest.fixture
def open_dir(place: Path) -> Iterator[Path]:
    """A folder of one's own that every account may pass through."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@pytest.fixture
def data_dir(stopped_cluster: Path, place: Path) -> Iterator[Path]:
    """A data directory of one's own, with a cluster in it, not running."""
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(shutil.copytree(stopped_cluster, Path(name) / "data"))


@pytest.fixture(autouse=True)
def _tidy(tmp_path: Path) -> Iterator[None]:
    """Pytest would keep the clusters of its last three runs."""
    yield
    shutil.rmtree(tmp_path, ignore_errors=True)
