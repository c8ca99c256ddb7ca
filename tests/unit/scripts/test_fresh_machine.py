"""The option checks of scripts/fresh-machine. A whole run (docs/fresh-machine.md) takes root, a network and minutes."""

from __future__ import annotations

import pytest

from tests.unit.scripts.machine import Machine


def test_needs_root(machine: Machine) -> None:
    code, output = machine.run("fresh-machine", "--release", "trixie", "--as", "user")
    assert code == 2
    assert output == ("A fresh machine needs root. Run:  sudo scripts/fresh-machine --release trixie --as user\n")


def test_reports_missing_debootstrap(machine: Machine) -> None:
    machine.has("id", "echo 0")
    code, output = machine.run("fresh-machine")
    assert code == 2
    assert output == "debootstrap is missing. Run:  apt-get update && apt-get install -y debootstrap\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--as", "guest"], "--as 'guest' is invalid"),
        (["--command", "deploy"], "--command 'deploy' is invalid"),
        (["--release"], "--release needs a value"),
        (["--relase", "trixie"], "unknown option: --relase"),
    ],
)
def test_rejects_invalid_options(machine: Machine, options: list[str], sentence: str) -> None:
    code, output = machine.run("fresh-machine", *options)
    assert code == 2
    assert output.splitlines()[-1] == sentence


def test_help_lists_the_options(machine: Machine) -> None:
    code, output = machine.run("fresh-machine", "--help")
    assert code == 0
    assert {line.split()[0] for line in output.splitlines() if line.startswith("  --")} == {
        "--release",
        "--as",
        "--command",
        "--mirror",
        "--keyring",
        "--keep",
    }
