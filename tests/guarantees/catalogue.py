"""The guarantees of the design, and for each the faults that would break it: data in faults.toml, checked and told.

A fault is one text in one file and what stands in its place; its tests are those that must fail with it. `run.py`
makes each fault and sees them fail; `test_guarantees.py` holds the data against the tree, in every `make test`.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tests.guarantees.survivors import Known

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).with_name("faults.toml")
DOCUMENT = ROOT / "docs" / "guarantees.md"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Named(_Data):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class Fault(_Named):
    """One mistake that somebody could make."""

    #: What goes wrong with it, as a half sentence: "The same content is announced and becomes a second video".
    fault: Annotated[str, Field(pattern=r"^[A-Z].*[^.]$")]
    #: From the root of the repository.
    file: str
    #: Stands exactly once in the file.
    find: Annotated[str, Field(min_length=1)]
    replace: str
    #: Node ids without parameters. With the fault each of them fails, in one of its cases at least.
    tests: Annotated[list[str], Field(min_length=1)]

    def applied(self, text: str) -> str:
        """The file's text with the fault in it. Raises `ValueError` unless `find` stands there exactly once."""
        found = text.count(self.find)
        if found != 1:
            raise ValueError(f"{self.id}: what to find stands {found} times in {self.file}, not once")
        return text.replace(self.find, self.replace)


class Guarantee(_Named):
    """A promise of the design."""

    title: str
    #: What is promised and why, for people.
    promise: str
    fault: Annotated[list[Fault], Field(min_length=1)]


class Catalogue(_Data):
    """All of them."""

    guarantee: list[Guarantee]

    @property
    def faults(self) -> list[Fault]:
        return [fault for guarantee in self.guarantee for fault in guarantee.fault]

    @property
    def ids(self) -> list[str]:
        """Of guarantees and faults."""
        return [guarantee.id for guarantee in self.guarantee] + [fault.id for fault in self.faults]

    @property
    def tests(self) -> list[str]:
        """Every test that is named, once, in order."""
        return list(dict.fromkeys(test for fault in self.faults for test in fault.tests))


def load(path: Path = DATA) -> Catalogue:
    """Read the data. Raises `pydantic.ValidationError`."""
    return Catalogue.model_validate(tomllib.loads(path.read_text("utf-8")))


def problems(catalogue: Catalogue, root: Path = ROOT) -> Iterator[str]:
    """What is wrong with the data as the tree is now: one sentence each."""
    ids = catalogue.ids
    yield from (f"{name}: the id is given twice" for name in sorted({name for name in ids if ids.count(name) > 1}))
    for fault in catalogue.faults:
        yield from _problems_of_fault(fault, root)
        for test in fault.tests:
            if not _is_test(test, root):
                yield f"{fault.id}: there is no test {test}"


def _problems_of_fault(fault: Fault, root: Path) -> Iterator[str]:
    path = root / fault.file
    if not path.is_file():
        yield f"{fault.id}: there is no file {fault.file}"
        return
    text = path.read_text("utf-8")
    try:
        changed = fault.applied(text)
    except ValueError as error:
        yield str(error)
        return
    if changed == text:
        yield f"{fault.id}: changes nothing"
        return
    if path.suffix == ".py":
        try:
            same = ast.dump(ast.parse(changed)) == ast.dump(ast.parse(text))
        except SyntaxError as error:
            yield f"{fault.id}: is no program any more ({error.msg}, line {error.lineno})"
            return
        if same:
            yield f"{fault.id}: changes no more than a comment or the layout"


def _is_test(node_id: str, root: Path) -> bool:
    file, _, name = node_id.partition("::")
    return (root / file).is_file() and name in _tests_of(root / file)


@cache
def _tests_of(path: Path) -> frozenset[str]:
    """Names of the tests in a file, as they stand in node ids: `test_x`, `TestClass::test_x`."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ClassDef):
            names.update(f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef))
    return frozenset(name for name in names if name.rpartition("::")[2].startswith("test"))


_HEAD = """\
# What is guaranteed, and how that is known

For each guarantee of the design: where it lives, a fault that would break it, and the test that goes red. `make
test-faults` makes every one of these faults in a copy of the tree and demands that the tests named beside it fail;
without the fault they pass. This page is written from [faults.toml](../tests/guarantees/faults.toml) by `python -m
tests.guarantees.document`; what to do there when something moves is said in
[its tests](../tests/guarantees/test_guarantees.py).
"""


_MUTANTS = """
## Mutation testing of the domain

`make test-mutants` changes one thing at a time in [the rules](../images/vcp/domain/), some five thousand things in all,
and demands that a test of [tests/unit/domain](../tests/unit/domain/) fails each time (mutmut; bodies of functions and
methods, not tables, models and properties). What survives is a hole in the tests, or stands here with its reason
([mutants.toml](../tests/guarantees/mutants.toml) has each by what it changes).
"""


def document(catalogue: Catalogue, survivors: Known) -> str:
    """docs/guarantees.md."""
    count = f"{len(catalogue.guarantee)} guarantees, {len(catalogue.faults)} faults."
    reasons = [f"- {len(group.mutants)}: {group.why}" for group in survivors.group]
    return "\n".join([_HEAD, count, *(_section(guarantee) for guarantee in catalogue.guarantee), _MUTANTS, *reasons])


def _section(guarantee: Guarantee) -> str:
    rows = [
        f"| {_cell(fault.fault)} | [{_short(fault.file)}](../{fault.file}) | "
        f"{'<br>'.join(_test_link(test) for test in fault.tests)} |"
        for fault in guarantee.fault
    ]
    head = ["| the fault | made in | the test that goes red |", "|---|---|---|"]
    return "\n".join(["", f"## {guarantee.title}", "", guarantee.promise.strip(), "", *head, *rows])


def _test_link(node_id: str) -> str:
    file, _, name = node_id.partition("::")
    said = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"[{said}](../{file})"


def _short(file: str) -> str:
    return file.removeprefix("images/vcp/").removesuffix(".py")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
