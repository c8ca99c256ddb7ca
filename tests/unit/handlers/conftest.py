"""Import functions with their environment, which they read when they are imported."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from tests.unit.handlers.environments import environment


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return an import of a function by its key, as Lambda does it."""

    def imported(key: str) -> ModuleType:
        with monkeypatch.context() as environs:
            for name, value in environment(key).items():
                environs.setenv(name, value)
            return importlib.import_module(f"vcp.handlers.{key}")

    return imported


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    """Enable the garbage collector again, which a failed start leaves disabled."""
    yield
    gc.enable()
