"""scripts/test-n8n: what cannot be had here skips it with one sentence, and is never taken for a success."""

from __future__ import annotations

import shutil

import pytest

from tests.unit.scripts.machine import REPOSITORY, Machine

SKIPPED = "test-n8n: SKIPPED, nothing was tested. "
_PLENTY = "echo 'Avail\n 60G' | tr -d G"


@pytest.fixture
def fresh(machine: Machine) -> Machine:
    """A machine without an n8n, but with all that installing one takes; npm does nothing."""
    shutil.copytree(REPOSITORY / "n8n", machine.checkout / "n8n")
    for tool in ("cp", "uname", "tr"):
        found = shutil.which(tool)
        assert found is not None
        (machine.bin / tool).symlink_to(found)
    machine.has("df", _PLENTY)
    machine.has("npm", "exit 0")
    return machine


def test_without_npm_it_says_how_to_get_it(fresh: Machine) -> None:
    fresh.lacks("npm")
    assert fresh.run("test-n8n") == (0, SKIPPED + "npm is missing. Run:  sudo apt-get install npm\n")


def test_without_room_nothing_is_begun(fresh: Machine) -> None:
    fresh.has("df", "echo 'Avail\n  3'")
    fresh.has("npm", "touch began")
    code, said = fresh.run("test-n8n")
    assert (code, said) == (0, SKIPPED + "n8n takes 4 GB, and only 3 GB are free (see  df -h . ).\n")
    assert not list(fresh.checkout.rglob("began"))


@pytest.mark.parametrize(
    ("npm_says", "told"),
    [
        ("npm error code ENOTFOUND", "The npm registry cannot be reached: npm error code ENOTFOUND"),
        ("npm error code ECONNREFUSED", "The npm registry cannot be reached: npm error code ECONNREFUSED"),
        ("npm error code E403", "The npm registry cannot be reached: npm error code E403"),
        ("npm error code ENOSPC", "The disk is full"),
    ],
)
def test_what_npm_says_is_told_in_a_sentence(fresh: Machine, npm_says: str, told: str) -> None:
    fresh.has("npm", f"echo '{npm_says}'; exit 1")
    code, said = fresh.run("test-n8n")
    assert code == 0
    assert said.splitlines()[-1].startswith(SKIPPED + told)


def test_where_it_must_run_a_skip_is_a_failure(fresh: Machine) -> None:
    fresh.lacks("npm")
    code, said = fresh.run("test-n8n", "--must")
    assert code == 1
    assert said.startswith(SKIPPED)


@pytest.mark.parametrize(
    ("npm_says", "told"),
    [
        ("npm error code EINTEGRITY", "Do not trust this registry"),
        ("gyp ERR! not ok", "installing n8n failed; all of it is in build/n8n/install.log"),
    ],
)
def test_what_is_wrong_is_no_skip(fresh: Machine, npm_says: str, told: str) -> None:
    fresh.has("npm", f"echo '{npm_says}'; exit 1")
    code, said = fresh.run("test-n8n")
    assert code == 1
    assert told in said
    assert "SKIPPED" not in said


def test_a_processor_without_a_node_is_told(fresh: Machine) -> None:
    code, said = fresh.run("test-n8n")
    assert code == 0
    assert "There is no Node.js for" in said
