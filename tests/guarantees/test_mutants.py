"""Mutation testing: what survivors are called, which are holes, and that explained ones are still there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guarantees.catalogue import ROOT
from tests.guarantees.mutants import apart, holes, stale
from tests.guarantees.survivors import Group, Known, Mutant, load, mutants_of, outcome_of

DOMAIN = ROOT / "images" / "vcp" / "domain"
#: As mutmut writes it: the original and each mutant as a function of its own.
MUTATED = """\
def x_half__mutmut_orig(number, by=2):
    whole = number
    return whole / by


def x_half__mutmut_1(number, by=2):
    whole = None
    return whole / by


def x_half__mutmut_2(number, by=3):
    whole = number
    return whole / by


class Halves:
    def xǁHalvesǁof__mutmut_orig(self, number):
        return half(number)

    def xǁHalvesǁof__mutmut_1(self, number):
        return half(None)
"""
OUTCOMES = {"vcp.domain.work.x_half__mutmut_1": 1, "vcp.domain.work.x_half__mutmut_2": 0}
OUTCOMES_OF_CLASS = {"vcp.domain.work.xǁHalvesǁof__mutmut_1": None}
SURVIVOR = "work.half: def half(number, by=2): -> def half(number, by=3):"


@pytest.fixture
def made(tmp_path: Path) -> list[Mutant]:
    path = tmp_path / "work.py"
    path.write_text(MUTATED, "utf-8")
    outcomes = {"exit_code_by_key": {**OUTCOMES, **OUTCOMES_OF_CLASS}}
    Path(f"{path}.meta").write_text(json.dumps(outcomes), "utf-8")
    return list(mutants_of(path))


def test_a_mutant_is_called_by_what_it_changes(made: list[Mutant]) -> None:
    assert [(mutant.change, mutant.outcome) for mutant in made] == [
        ("work.half: whole = number -> whole = None", "killed"),
        (SURVIVOR, "survived"),
        ("work.Halves.of: return half(number) -> return half(None)", "not run"),
    ]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, "not run"),
        (0, "survived"),
        (1, "killed"),
        (3, "killed"),
        (5, "no tests"),
        (33, "no tests"),
        (36, "timeout"),
    ],
)
def test_what_an_exit_code_means(code: int | None, outcome: str) -> None:
    assert outcome_of(code) == outcome


def test_a_survivor_is_a_hole_unless_somebody_said_why_it_is_none() -> None:
    survivor, untested = (
        Mutant("work", "work.half: a -> b", "survived"),
        Mutant("work", "work.third: a -> b", "no tests"),
    )
    killed = Mutant("work", "work.half: a -> c", "killed")
    known = Known(group=(Group(why="It is the same.", mutants=(survivor.change, killed.change)),))
    assert holes([survivor, killed, untested], Known()) == [survivor, untested]
    assert holes([survivor, killed, untested], known) == [untested]
    assert stale([survivor, killed, untested], known, []) == [killed.change]
    assert stale([survivor], known, ["other"]) == []


def test_what_is_explained_still_stands_in_the_domain() -> None:
    """Else it is about a line that is gone; whether the mutant still lives, mutation testing itself says."""
    gone = []
    for change in sorted(load().changes):
        where, _, rest = change.partition(": ")
        source = " ".join((DOMAIN / f"{where.partition('.')[0]}.py").read_text("utf-8").split())
        if " ".join(rest.partition(" -> ")[0].split()) not in source:
            gone.append(change)
    assert gone == []


def test_every_explanation_is_given_once() -> None:
    given = [change for group in load().group for change in group.mutants]
    assert len(given) == len(set(given))


@pytest.mark.skipif(not apart(), reason="this machine allows no processes of one's own")
def test_what_mutates_can_signal_no_process_of_others() -> None:
    """Its ids begin at 1 again, so those of others are none that it could mean."""
    command = [*apart(), sys.executable, "-S", "-c", "import os; print(os.getppid())"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1\n"
