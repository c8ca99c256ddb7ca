"""Mutants of the domain that no test kills, and why that is right: data in mutants.toml, grouped by reason.

A mutant is named by what it changes, not by a number: numbers move when anything above them is edited. A survivor
that stands in no group is a hole in the tests, or a line that nobody needs.
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("mutants.toml")
#: mutmut's exit codes by mutant (its `workers/isolation` and `__main__`): what the run of its tests came to.
_SURVIVED = 0
_NO_TESTS = frozenset({5, 33})
_TIMEOUT = frozenset({24, 36, 152, -24})


class Group(BaseModel):
    """Survivors that are right for one reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    #: Each as `Mutant.change` writes it.
    mutants: tuple[str, ...]


class Known(BaseModel):
    """All that is explained."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: tuple[Group, ...] = ()

    @cached_property
    def changes(self) -> frozenset[str]:
        return frozenset(change for group in self.group for change in group.mutants)


def load(path: Path = DATA) -> Known:
    """Read the data. Raises `pydantic.ValidationError`."""
    return Known.model_validate(tomllib.loads(path.read_text("utf-8")))


@dataclass(frozen=True)
class Mutant:
    """One change that mutmut made. `change` is its name: `module.function: old line -> new line`."""

    module: str
    change: str
    outcome: str


def outcome_of(exit_code: int | None) -> str:
    """killed, survived, timeout, no tests (all of them holes but the first two), or not run."""
    if exit_code is None:
        return "not run"
    if exit_code in _NO_TESTS:
        return "no tests"
    if exit_code in _TIMEOUT:
        return "timeout"
    return "survived" if exit_code == _SURVIVED else "killed"


def mutants_of(mutated: Path) -> Iterator[Mutant]:
    """The mutants of one module: `mutated` is mutmut's version of it, with the outcomes beside it."""
    outcomes: Mapping[str, int | None] = json.loads(Path(f"{mutated}.meta").read_text("utf-8"))["exit_code_by_key"]
    bodies = _bodies(mutated.read_text("utf-8"))
    for key, exit_code in outcomes.items():
        name = key.rpartition(".")[2]
        function, _, _ = name.partition("__mutmut_")
        change = _change(bodies[f"{function}__mutmut_orig"], bodies[name])
        called = function.removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
        yield Mutant(mutated.stem, f"{mutated.stem}.{called}: {change}", outcome_of(exit_code))


def _bodies(source: str) -> dict[str, list[str]]:
    """mutmut's name of a function -> its lines, in which it is called as it was."""
    lines = source.splitlines()
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            first, *rest = lines[node.lineno - 1 : node.end_lineno]
            called = node.name.partition("__mutmut_")[0].rpartition("ǁ")[2].removeprefix("x_")
            found[node.name] = [first.replace(node.name, called, 1), *rest]
    return found


def _change(original: list[str], mutated: list[str]) -> str:
    lines = [
        line for line in unified_diff(original, mutated, lineterm="", n=0) if not line.startswith(("---", "+++", "@@"))
    ]
    old = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    new = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    return f"{old} -> {new}"
