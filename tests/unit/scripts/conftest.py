"""Fixtures of the scripts' tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine, make_machine


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory beside .venv: programs may be run from there, which /tmp does not always allow."""
    (REPOSITORY / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "build", prefix="test-setup-") as folder:
        yield Path(folder)


@pytest.fixture
def machine(place: Path) -> Machine:
    return make_machine(place / "checkout", place / "bin")
