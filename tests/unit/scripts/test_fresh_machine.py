"""scripts/fresh-machine before it makes a machine: what it refuses, each in one line. What it makes is seen by
running it (docs/fresh-machine.md): that takes root, a network and minutes."""

from __future__ import annotations

import pytest

from tests.unit.scripts.machine import Machine


def test_only_root_can_make_a_machine(machine: Machine) -> None:
    code, said = machine.run("fresh-machine", "--release", "trixie", "--as", "user")
    assert code == 2
    assert said == ("A machine of its own takes root. Run:  sudo scripts/fresh-machine --release trixie --as user\n")


def test_debootstrap_that_is_missing_is_one_line_with_the_command_that_mends_it(machine: Machine) -> None:
    machine.has("id", "echo 0")
    code, said = machine.run("fresh-machine")
    assert code == 2
    assert said == "debootstrap is missing. Run:  apt-get update && apt-get install -y debootstrap\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--as", "nobody"], "--as does not know 'nobody'"),
        (["--command", "deploy"], "--command does not know 'deploy'"),
        (["--release"], "--release needs a value"),
        (["--relase", "trixie"], "unknown option: --relase"),
    ],
)
def test_a_wrong_option_is_named(machine: Machine, options: list[str], sentence: str) -> None:
    code, said = machine.run("fresh-machine", *options)
    assert code == 2
    assert said.splitlines()[-1] == sentence


def test_help_tells_the_options(machine: Machine) -> None:
    code, said = machine.run("fresh-machine", "--help")
    assert code == 0
    assert {line.split()[0] for line in said.splitlines() if line.startswith("  --")} == {
        "--release",
        "--as",
        "--command",
        "--mirror",
        "--keyring",
        "--keep",
    }
