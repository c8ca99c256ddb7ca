"""The AWS emulator of these tests: the local cloud, or a judge (tests/judges)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from localcloud.process import RunningCloud

#: Set by tests.judges.run: the URL of another emulator, which has no console, and the directory of its log.
ENDPOINT = "VCP_TEST_AWS_ENDPOINT"
STATE_DIR = "VCP_TEST_AWS_STATE_DIR"


@pytest.fixture(scope="session")
def cloud(request: pytest.FixtureRequest) -> RunningCloud:
    endpoint = os.environ.get(ENDPOINT)
    if endpoint is None:
        local: RunningCloud = request.getfixturevalue("cloud")  # the one of tests/conftest.py
        return local
    return RunningCloud(pid=0, aws=endpoint, google="", airtable="", console="", state_dir=Path(os.environ[STATE_DIR]))
