"""Runs of the program that several tests look at: each is made once."""

from __future__ import annotations

import pytest

from tests.infra.harness import LEAST, WHOLE, Run, run


@pytest.fixture(scope="session")
def whole() -> Run:
    """A stack with everything that it can have."""
    return run(WHOLE)


@pytest.fixture(scope="session")
def least() -> Run:
    """A stack with nothing that it can do without."""
    return run(LEAST)
