"""Files of others that we ship: named, licensed, and byte for byte as published."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.architecture.checkout import SRC

VENDOR = SRC / "desk" / "static" / "vendor"
MANIFEST = "manifest.json"
FIELDS = ("name", "version", "sha256", "license")


def entries(manifest: object) -> dict[str, Mapping[str, str]]:
    """Return a manifest's entries by file name.

    It is a list of objects, each with `file`, `name`, `version`, `sha256` (hex) and
    `license` (SPDX), or an object that maps the file's name to the other four.
    """
    if isinstance(manifest, dict):
        return dict(manifest)
    assert isinstance(manifest, list)
    return {entry["file"]: entry for entry in manifest}


def faults(folder: Path) -> list[str]:
    listed = entries(json.loads((folder / MANIFEST).read_text("utf-8")))
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    found = [f"{x}: not in the manifest" for x in files - {MANIFEST} - set(listed)]
    found += [f"{x}: in the manifest, but not there" for x in set(listed) - files]
    for name in set(listed) & files:
        entry, content = listed[name], (folder / name).read_bytes()
        found += [f"{name}: no {x}" for x in FIELDS if not entry.get(x)]
        if entry.get("sha256") != hashlib.sha256(content).hexdigest():
            found.append(f"{name}: not the file that was published")
    return sorted(found)


@pytest.mark.skipif(not VENDOR.exists(), reason="nothing of others is shipped yet")
def test_every_vendored_file_is_the_one_its_manifest_names() -> None:
    assert faults(VENDOR) == []


def test_a_changed_a_missing_and_an_unnamed_file_are_found(tmp_path: Path) -> None:
    good = {
        "name": "htmx",
        "version": "4.0",
        "license": "0BSD",
        "sha256": hashlib.sha256(b"good").hexdigest(),
    }
    listed = {"good.js": good, "changed.js": good, "gone.js": good, "bare.js": {}}
    (tmp_path / MANIFEST).write_text(json.dumps(listed))
    for name in ("good.js", "changed.js", "bare.js", "unnamed.js"):
        (tmp_path / name).write_bytes(b"good" if name == "good.js" else b"other")
    assert faults(tmp_path) == [
        "bare.js: no license",
        "bare.js: no name",
        "bare.js: no sha256",
        "bare.js: no version",
        "bare.js: not the file that was published",
        "changed.js: not the file that was published",
        "gone.js: in the manifest, but not there",
        "unnamed.js: not in the manifest",
    ]
