"""`make test-unit` selects only tests without a server or an encode."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parents[2]
TESTS = """
import pytest

@pytest.fixture
def bucket(cloud): ...

def test_plain(): ...
def test_with_the_cloud(cloud): ...
def test_with_a_fixture_that_uses_the_cloud(bucket): ...

@pytest.mark.server
def test_with_another_process(): ...

@pytest.mark.media
def test_with_an_encode(): ...
"""
TESTS_WITH_THEIR_OWN_CLOUD = """
from localcloud.process import running_cloud

def test_with_its_own_cloud(): ...
"""


def test_selects_no_test_with_a_cloud_a_process_or_an_encode(pytester: pytest.Pytester) -> None:
    """Given tests of each kind with the repository's conftest, only the plain one is selected."""
    command = subprocess.run(["make", "-n", "test-unit"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    words = shlex.split(command)
    expression = words[words.index("-m", words.index("pytest")) + 1]
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text("utf-8"))
    pytester.makepyfile(test_several=TESTS, test_own=TESTS_WITH_THEIR_OWN_CLOUD)

    result = pytester.runpytest("-m", expression, "--collect-only", "-q")

    assert [line for line in result.outlines if "::" in line] == ["test_several.py::test_plain"]
