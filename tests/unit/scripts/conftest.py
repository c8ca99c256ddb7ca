"""Fixtures for the tests of the scripts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine, make_machine


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory in the checkout, because /tmp may be mounted noexec."""
    (REPOSITORY / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "build", prefix="test-setup-") as folder:
        yield Path(folder)


@pytest.fixture
def machine(place: Path) -> Machine:
    return make_machine(place / "checkout", place / "bin")
