"""The functions read their environment when they are imported: each gets what its settings model asks for."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from tests.unit.handlers.environments import environment


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a function as Lambda does, with its environment set; the next one has its own."""

    def imported(key: str) -> ModuleType:
        with monkeypatch.context() as environs:
            for name, value in environment(key).items():
                environs.setenv(name, value)
            return importlib.import_module(f"vcp.handlers.{key}")

    return imported


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    """A function that does not come up leaves the collector off, which is no matter in a process that ends with it."""
    yield
    gc.enable()
