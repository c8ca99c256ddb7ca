"""The scripts in a checkout that is not writable print one line with what to do."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.scripts.machine import LIMIT_SECONDS, REPOSITORY

_AS_ROOT = os.getuid() == 0
_OTHER_USER = 65534
_NAME = pwd.getpwuid(_OTHER_USER).pw_name


@pytest.fixture
def locked() -> Iterator[Path]:
    """A checkout that is writable for no one, in a directory that all users may read."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder)
        shutil.copytree(REPOSITORY / "scripts", checkout / "scripts")
        shutil.copytree(REPOSITORY / "locks", checkout / "locks")
        (checkout / "build").mkdir()
        for path in (checkout, *checkout.rglob("*")):
            path.chmod(0o555)
        yield checkout
        for path in (checkout, *checkout.rglob("*")):
            path.chmod(0o755)


def _output(script: str, checkout: Path) -> str:
    """Run a script as a plain user, because root can write everywhere."""
    process = subprocess.run(
        ["bash", checkout / "scripts" / script],
        user=_OTHER_USER if _AS_ROOT else None,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert process.returncode == 1
    return process.stderr


@pytest.mark.parametrize(("script", "below"), [("setup", ""), ("footage", "/build")])
def test_reports_a_read_only_checkout(locked: Path, script: str, below: str) -> None:
    if _AS_ROOT:
        for path in (locked, locked / "build"):
            os.chown(path, _OTHER_USER, -1)
    sentence = f"{locked}{below} is not writable. Copy this repository to a writable directory.\n"
    assert _output(script, locked) == sentence


@pytest.mark.skipif(not _AS_ROOT, reason="only root can change a directory's owner")
@pytest.mark.parametrize(("script", "below"), [("setup", ""), ("footage", "/build")])
def test_reports_a_checkout_of_another_user(locked: Path, script: str, below: str) -> None:
    sentence = f"{locked}{below} is not writable by {_NAME}. Run:  sudo chown -R {_OTHER_USER} '{locked}'\n"
    assert _output(script, locked) == sentence
