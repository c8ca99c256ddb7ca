"""All checks of what moto does without the hooks; importing this fills the table."""

from __future__ import annotations

from tests.localcloud.hooks.moto_alone import core, events, functions, objects
from tests.localcloud.hooks.moto_alone.table import NEEDS

__all__ = ["NEEDS", "core", "events", "functions", "objects"]
