"""Runs of the program that several tests look at: each is made once."""

from __future__ import annotations

import pytest

from tests.infra.harness import AIRTABLE, PEOPLE, Run, run


@pytest.fixture(scope="session")
def whole() -> Run:
    """A stack with everything that it can have."""
    return run({**AIRTABLE, **PEOPLE})


@pytest.fixture(scope="session")
def least() -> Run:
    """A stack with nothing that it can do without."""
    return run({"alarms": "false", "n8nInvoker": "false", "protectData": "false"})
