"""The scripts in a checkout that cannot be written: one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.scripts.machine import LIMIT_SECONDS, REPOSITORY

_AS_ROOT = os.getuid() == 0
_NOBODY = 65534


@pytest.fixture
def locked() -> Iterator[Path]:
    """A checkout that nobody may write, its owner included, in a place that everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        shutil.copytree(REPOSITORY / "scripts", checkout / "scripts")
        (checkout / "build").mkdir()
        for path in (checkout, *checkout.rglob("*")):
            path.chmod(0o555)
        yield checkout
        for path in (checkout, *checkout.rglob("*")):
            path.chmod(0o755)


def _said_by(script: str, checkout: Path) -> str:
    """What a plain user reads; root could write everywhere."""
    process = subprocess.run(
        ["bash", checkout / "scripts" / script],
        user=_NOBODY if _AS_ROOT else None,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert process.returncode == 1
    return process.stderr


@pytest.mark.parametrize(("script", "below"), [("setup", ""), ("footage", "/build")])
def test_a_checkout_that_cannot_be_written_is_one_line(locked: Path, script: str, below: str) -> None:
    if _AS_ROOT:
        for path in (locked, locked / "build"):
            os.chown(path, _NOBODY, -1)
    sentence = f"{locked}{below} cannot be written. Take a copy of this repository to a place that can be.\n"
    assert _said_by(script, locked) == sentence


@pytest.mark.skipif(not _AS_ROOT, reason="only root can make a directory that belongs to somebody else")
@pytest.mark.parametrize(("script", "below"), [("setup", ""), ("footage", "/build")])
def test_somebody_elses_checkout_is_one_line_with_what_mends_it(locked: Path, script: str, below: str) -> None:
    sentence = f"{locked}{below} cannot be written by nobody. Run:  sudo chown -R {_NOBODY} '{locked}'\n"
    assert _said_by(script, locked) == sentence
