"""Physical names for resources that the program does not name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Naming:
    """How a type is named by pulumi-aws: `<logical name>-<7 hex digits>`, within the service's limit.

    Source: pulumi-aws, provider/resources.go (SetAutonaming(255, "-") and the per-resource AutoName entries).
    """

    property: str = "name"
    limit: int = 255
    lower: bool = False
    prefix_property: str | None = "namePrefix"

    def made_up(self, logical_name: str, inputs: dict[str, Any]) -> str:
        """A new name; `<prefix><26 hex digits>` when the program gives a prefix (the provider's rule)."""
        prefix = inputs.get(self.prefix_property) if self.prefix_property else None
        # a FIFO queue's or topic's name must end so
        suffix = ".fifo" if inputs.get("fifoQueue") or inputs.get("fifoTopic") else ""
        stem = prefix if prefix is not None else f"{logical_name}-"
        digits = secrets.token_hex(13) if prefix is not None else secrets.token_hex(4)[:7]
        name = stem[: self.limit - len(digits) - len(suffix)] + digits + suffix
        return name.lower() if self.lower else name
