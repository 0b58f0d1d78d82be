"""What README tells a newcomer to paste does what it says, in the shells they have."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.architecture.checkout import ROOT
from tests.commands import as_url, environment_with, serving
from tests.postgres import Databases

SHELLS = [shell for shell in ("sh", "zsh") if shutil.which(shell)]
OURS = f"{sys.executable} -m stepaside"
needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")


def blocks(heading: str) -> list[str]:
    """What is to be typed in a section of README, block by block."""
    paper = (ROOT / "README.md").read_text("utf-8")
    section = paper.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


@needs_curl
def test_who_pastes_it_sees_a_bot_answer_and_hand_over(databases: Databases) -> None:
    up, block = blocks("Use it")
    assert up.split()[:2] == ["./stepaside", "up"]
    home = {"DATABASE_URL": as_url(databases.fresh())}
    with serving("up", "--port", "0", **home) as (_process, line):
        address = line.rpartition(" ")[2]
        for shell in SHELLS:
            shown = pasted(shell, block, address, **home)
            *_, replied, article, handed_over, stands, link = shown.splitlines()
            assert replied == "reply Opening hours"
            assert "9:00 to 18:00" in article
            assert handed_over.startswith("hand_over Thank you!")
            assert stands == "queue The contact asks for a person."
            assert link.startswith(f"{address}/desk/login/")


def pasted(shell: str, block: str, address: str, **home: str) -> str:
    """What a block prints, with this server in place of the one it names."""
    block = block.replace("localhost:8080", address.removeprefix("http://"))
    done = subprocess.run(  # noqa: S603 - ours
        [shell, "-eu", "-c", block.replace("./stepaside", OURS)],
        env=environment_with({**home, "BASE_URL": address}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
