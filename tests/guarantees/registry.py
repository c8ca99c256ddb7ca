"""Guarantees and their faults.

A fault is one mistake that would break a guarantee, written as a function that replaces a part of the program:

    @LEASES.fault("A worker does not notice that its lease expired", "tests/integration/aws/ledger/test_leases.py")
    def expiry_is_ignored(patch: Patch) -> None:
        patch.replace(HeldLease.check, lambda self: None)

It refers to the object itself, not its source: a rename updates it, and the type checker finds a stale one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from types import ModuleType
from typing import Any, TypeVar

import pytest

OUR_PACKAGES = ("vcp", "infra", "vcpctl", "tests")

R = TypeVar("R")
T = TypeVar("T")


class Patch:
    """Replaces functions, methods, properties and constants, given as objects, until the monkeypatch is undone.

    `changed` lists the names of what was replaced, as `module:name`.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.changed: list[str] = []

    def replace(self, old: T, new: T) -> None:
        """Replace `old` in its class, or in every module of ours that has it. Raises `LookupError` if none does."""
        places = list(_places(old))
        if not places:
            raise LookupError(f"found nowhere: {old!r}")
        for owner, name in places:
            self._monkeypatch.setattr(owner, name, new)
        owner, name = places[0]
        qualified = (
            f"{owner.__name__}:{name}"
            if isinstance(owner, ModuleType)
            else f"{owner.__module__}:{owner.__qualname__}.{name}"
        )
        self.changed.append(qualified)

    def around(self, old: Callable[..., R], new: Callable[..., R]) -> None:
        """Replace a function or method by one that gets the original as its first argument."""

        @wraps(old)
        def changed(*args: Any, **kwargs: Any) -> R:
            return new(old, *args, **kwargs)

        self.replace(old, changed)


def _places(old: Any) -> Iterator[tuple[Any, str]]:
    function = old.fget if isinstance(old, property) else old
    class_path, _, name = getattr(function, "__qualname__", "").rpartition(".")
    if class_path:
        owner: Any = sys.modules[function.__module__]
        for part in class_path.split("."):
            owner = getattr(owner, part)
        if vars(owner).get(name) is old:
            yield owner, name
        return
    # A module that imported the object by name holds a reference of its own.
    modules = [module for name, module in sys.modules.items() if name.partition(".")[0] in OUR_PACKAGES]
    home = getattr(function, "__module__", None)
    for module in sorted(modules, key=lambda module: module.__name__ != home):
        for name, value in list(vars(module).items()):
            if value is old:
                yield module, name


@dataclass(frozen=True)
class Fault:
    """One mistake. With it, a test in at least one of `tests` (files, or node ids) must fail."""

    behavior: str
    tests: tuple[str, ...]
    apply: Callable[[Patch], None]

    @property
    def id(self) -> str:
        return self.apply.__name__.replace("_", "-")


@dataclass(frozen=True)
class Guarantee:
    """One promise of the pipeline."""

    title: str
    promise: str
    faults: list[Fault] = field(default_factory=list)

    def fault(self, behavior: str, *tests: str) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
        """Register a fault. `behavior`: what the program does wrong with it, in one sentence."""

        def register(apply: Callable[[Patch], None]) -> Callable[[Patch], None]:
            self.faults.append(Fault(behavior, tests, apply))
            return apply

        return register
