"""The fake machine never changes the programs of the real one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.scripts.machine import Machine


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of the real machine."""
    program = tmp_path / "id"
    program.write_text("the real program", "utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("linked", [Path.symlink_to, Path.hardlink_to], ids=["symbolic link", "hard link"])
def test_replaces_a_link_without_changing_its_target(
    machine: Machine, program: Path, linked: Callable[[Path, Path], None]
) -> None:
    machine.lacks("id")
    linked(machine.bin / "id", program)

    machine.has("id", "echo fake")

    assert program.read_text("utf-8") == "the real program"
    assert (machine.bin / "id").read_text("utf-8") == "#!/bin/sh\necho fake\n"


def test_the_path_has_no_files_of_the_real_machine(machine: Machine) -> None:
    """So that a script under test cannot write to them."""
    for path in machine.bin.iterdir():
        assert not path.is_symlink(), path.name
        assert path.stat().st_nlink == 1, path.name
        assert path.stat().st_uid == os.getuid(), path.name
