"""Metrics in memory."""

from __future__ import annotations


class FakeMetrics:
    """Records counts as (name, value, dimensions)."""

    def __init__(self) -> None:
        self.counts: list[tuple[str, float, dict[str, str]]] = []

    def count(self, name: str, value: float = 1, unit: str = "Count", **dimensions: str) -> None:
        self.counts.append((name, value, dimensions))
