"""Fixtures shared with the tests of the handlers."""

from __future__ import annotations

from tests.unit.handlers.conftest import function

__all__ = ["function"]
