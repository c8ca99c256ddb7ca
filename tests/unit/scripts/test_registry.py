"""scripts/registry: skopeo and the registry for the test of pushes are installed once, or reported missing."""

from __future__ import annotations

import pytest

from tests.unit.scripts.machine import Machine


@pytest.fixture
def debian(machine: Machine) -> Machine:
    """A plain user's machine with skopeo and Debian's archive."""
    machine.has("skopeo", "exit 0")
    machine.has("apt-get", f'echo "$@" >>"{machine.bin}/apt.calls"; : >docker-registry_2.8_amd64.deb')
    machine.has("dpkg-deb", 'mkdir -p "$3/usr/bin" && : >"$3/usr/bin/docker-registry"')
    return machine


def test_fetches_the_registry_once(debian: Machine) -> None:
    program = debian.checkout / "build/registry/usr/bin/docker-registry"
    for _ in range(2):
        assert debian.run("registry") == (0, f"{program}\n")
    assert program.exists()
    assert (debian.bin / "apt.calls").read_text("utf-8") == "download -qq docker-registry\n"


def test_reports_missing_skopeo_to_a_plain_user(machine: Machine) -> None:
    assert machine.run("registry") == (
        1,
        "skopeo is missing. Run:  sudo apt-get update && sudo apt-get install -y skopeo\n",
    )


def test_reports_a_missing_network_in_one_sentence(debian: Machine) -> None:
    debian.has("apt-get", "echo 'E: Failed to fetch the package' >&2; exit 100")
    code, output = debian.run("registry")
    assert code == 3
    assert output.startswith("Fetching docker-registry failed: the package index is unreachable.")
    assert not (debian.checkout / "build/registry").exists()
