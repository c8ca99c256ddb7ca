"""Operational metrics."""

from __future__ import annotations

from typing import Protocol


class Metrics(Protocol):
    def count(self, name: str, value: float = 1, unit: str = "Count", **dimensions: str) -> None: ...
