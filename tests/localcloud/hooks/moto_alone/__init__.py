"""What moto does by itself, without the hooks of the local cloud: the reason of each hook, and whether it still holds.

`python -m tests.localcloud.hooks.moto_alone` runs every check in this interpreter, which must have no hook, and prints
`{name: true | false | error}`: true while moto still does what made the hook necessary.
"""

from __future__ import annotations

from tests.localcloud.hooks.moto_alone import core, events, functions, objects
from tests.localcloud.hooks.moto_alone.table import NEEDS, Need

__all__ = ["NEEDS", "Need", "core", "events", "functions", "objects"]
