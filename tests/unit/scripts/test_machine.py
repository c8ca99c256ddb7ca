"""The stand-ins of the scripts' tests: whatever a test lays into the PATH, the programs of this machine stay as they
are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.scripts.machine import Machine


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of the machine that the tests run on."""
    program = tmp_path / "id"
    program.write_text("the machine's own", "utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("linked", [Path.symlink_to, Path.hardlink_to], ids=["symbolic link", "hard link"])
def test_a_stand_in_takes_the_place_of_a_link_and_leaves_what_it_leads_to(
    machine: Machine, program: Path, linked: Callable[[Path, Path], None]
) -> None:
    machine.lacks("id")
    linked(machine.bin / "id", program)

    machine.has("id", "echo somebody else")

    assert program.read_text("utf-8") == "the machine's own"
    assert (machine.bin / "id").read_text("utf-8") == "#!/bin/sh\necho somebody else\n"


def test_nothing_in_the_path_is_the_machines_own_file(machine: Machine) -> None:
    """Not even where a script under test writes into it."""
    for path in machine.bin.iterdir():
        assert not path.is_symlink(), path.name
        assert path.stat().st_nlink == 1, path.name
        assert path.stat().st_uid == os.getuid(), path.name
