"""Runs of the program that several tests use."""

from __future__ import annotations

import pytest

from tests.infra.harness import LEAST, WHOLE, Run, run


@pytest.fixture(scope="session")
def whole() -> Run:
    """A stack with every optional part."""
    return run(WHOLE)


@pytest.fixture(scope="session")
def least() -> Run:
    """A stack without optional parts."""
    return run(LEAST)
