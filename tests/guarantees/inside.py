"""A pytest plugin for runs in a copy of the tree (`-p tests.guarantees.inside`): nothing of the original is tested."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tests.guarantees.copies import PACKAGES


def pytest_configure() -> None:
    """Raises `pytest.UsageError` when a package of ours would be imported from outside of the current directory."""
    here = Path.cwd().resolve()
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or []) if spec else []
        if not places or not all(Path(place).resolve().is_relative_to(here) for place in places):
            raise pytest.UsageError(f"{name} would be imported from {places}, not from {here}")
