"""What a deployment tells: to the program, to the caller, to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deployed:
    """What became of one resource. `action`: create, update, replace, same, delete or read."""

    urn: str
    type: str
    name: str
    id: str
    action: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Registration:
    """The answer to the SDK. An empty id means: not known."""

    urn: str
    id: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Deployment:
    """What a run did. `outputs` are the stack's, secrets opened; in a preview, what is not known yet is None."""

    outputs: dict[str, Any]
    resources: list[Deployed]
    #: Names of outputs that hold a secret: not for a screen or a log.
    secret_outputs: frozenset[str] = frozenset()
    #: Properties that the service did not keep as sent, resources that had gone.
    warnings: tuple[str, ...] = ()

    def count(self, action: str) -> int:
        """How many resources had this done to them."""
        return sum(resource.action == action for resource in self.resources)
