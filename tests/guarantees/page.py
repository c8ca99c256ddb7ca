"""Write docs/guarantees.md from the faults: `python -m tests.guarantees.page`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.guarantees.catalogue import FAULTS, GUARANTEES
from tests.guarantees.registry import OUR_PACKAGES, Fault, Guarantee, Patch

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guarantees.md"

_HEAD = """\
# What the pipeline guarantees, and how that is checked

Every guarantee has faults: mistakes in the code that would break it. `make test-guarantees` makes them one at a time
and demands that a test fails each time; without a fault the same tests pass (`FAULTS="id ..."` for some of them). The
faults are written in [tests/guarantees/faults](../tests/guarantees/faults/), from which `python -m
tests.guarantees.page` writes this page.
"""


def page() -> str:
    """Return the text of docs/guarantees.md."""
    count = f"{len(GUARANTEES)} guarantees, {len(FAULTS)} faults."
    return "\n".join([_HEAD, count, *(_section(guarantee) for guarantee in GUARANTEES)]) + "\n"


def _section(guarantee: Guarantee) -> str:
    rows = [
        f"| {fault.behavior} (`{fault.id}`) | {', '.join(_places(fault))} | {', '.join(map(_test, fault.tests))} |"
        for fault in guarantee.faults
    ]
    head = ["| fault | made in | noticed by |", "|---|---|---|"]
    return "\n".join(["", f"## {guarantee.title}", "", guarantee.promise, "", *head, *rows])


def _places(fault: Fault) -> list[str]:
    """Apply the fault and return links to what it changed. Raises `LookupError` for what is no longer there."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        patch = Patch(monkeypatch)
        fault.apply(patch)
    return [_link(*changed.split(":")) for changed in patch.changed]


def _link(module: str, name: str) -> str:
    if module.partition(".")[0] not in OUR_PACKAGES:
        return "[the Pulumi program](../__main__.py)"
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    return f"[{name}](../{Path(spec.origin).relative_to(ROOT)})"


def _test(path: str) -> str:
    return f"[{Path(path).stem}](../{path})"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
