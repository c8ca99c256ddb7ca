"""scripts/test-n8n: without network or space it is skipped with one sentence, never reported as passed."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine

SKIPPED = "test-n8n: SKIPPED, nothing was tested. "
_PLENTY = "echo 'Avail\n 60G' | tr -d G"


@pytest.fixture
def fresh(machine: Machine) -> Machine:
    """A machine without n8n that could install it; npm does nothing."""
    shutil.copytree(REPOSITORY / "n8n", machine.checkout / "n8n")
    for tool in ("cp", "uname", "tr"):
        found = shutil.which(tool)
        assert found is not None
        (machine.bin / tool).symlink_to(found)
    machine.has("df", _PLENTY)
    machine.has("npm", "exit 0")
    return machine


def test_reports_missing_npm(fresh: Machine) -> None:
    fresh.lacks("npm")
    assert fresh.run("test-n8n") == (0, SKIPPED + "npm is missing. Run:  sudo apt-get install npm\n")


def test_starts_nothing_without_space(fresh: Machine) -> None:
    fresh.has("df", "echo 'Avail\n  3'")
    fresh.has("npm", "touch started")
    code, output = fresh.run("test-n8n")
    assert (code, output) == (0, SKIPPED + "n8n takes 4 GB, and only 3 GB are free (see  df -h . ).\n")
    assert not list(fresh.checkout.rglob("started"))


@pytest.mark.parametrize(
    ("npm_output", "message"),
    [
        ("npm error code ENOTFOUND", "The npm registry is unreachable: npm error code ENOTFOUND"),
        ("npm error code ECONNREFUSED", "The npm registry is unreachable: npm error code ECONNREFUSED"),
        ("npm error code E403", "The npm registry is unreachable: npm error code E403"),
        ("npm error code ENOSPC", "The disk is full"),
    ],
)
def test_skips_with_npms_reason(fresh: Machine, npm_output: str, message: str) -> None:
    fresh.has("npm", f"echo '{npm_output}'; exit 1")
    code, output = fresh.run("test-n8n")
    assert code == 0
    assert output.splitlines()[-1].startswith(SKIPPED + message)


def test_a_skip_fails_with_must(fresh: Machine) -> None:
    fresh.lacks("npm")
    code, output = fresh.run("test-n8n", "--must")
    assert code == 1
    assert output.startswith(SKIPPED)


@pytest.mark.parametrize(
    ("npm_output", "message"),
    [
        ("npm error code EINTEGRITY", "Do not trust this registry"),
        ("gyp ERR! not ok", "installing n8n failed; the log is build/n8n/install.log"),
    ],
)
def test_fails_on_other_errors(fresh: Machine, npm_output: str, message: str) -> None:
    fresh.has("npm", f"echo '{npm_output}'; exit 1")
    code, output = fresh.run("test-n8n")
    assert code == 1
    assert message in output
    assert "SKIPPED" not in output


def test_skips_on_an_unsupported_processor(fresh: Machine) -> None:
    code, output = fresh.run("test-n8n")
    assert code == 0
    assert "There is no Node.js for" in output
