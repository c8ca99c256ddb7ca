"""What the contract tests share with the tests of the functions."""

from __future__ import annotations

from tests.unit.handlers.conftest import function

__all__ = ["function"]
