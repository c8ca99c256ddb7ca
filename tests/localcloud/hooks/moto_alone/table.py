"""The table of hooks: what each replaces in moto, and a check whether it is still necessary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Why a hook replaces something of moto.

    Attributes:
        hook: the module of localcloud that does it.
        what: moto's behavior without the hook, as the end of "moto ...".
        changes: the names that the hook changes, as `GET /hooks` lists them.
        holds: whether moto still behaves so.
    """

    hook: str
    what: str
    changes: tuple[str, ...]
    holds: Callable[[], bool]

    @property
    def name(self) -> str:
        return self.holds.__name__


NEEDS: list[Need] = []


def need(hook: str, what: str, *changes: str) -> Callable[[Callable[[], bool]], Callable[[], bool]]:
    """Add a check to the table."""

    def entered(holds: Callable[[], bool]) -> Callable[[], bool]:
        NEEDS.append(Need(hook, what, tuple(f"moto.{change}" for change in changes), holds))
        return holds

    return entered
