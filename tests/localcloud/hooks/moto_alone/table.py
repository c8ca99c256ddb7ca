"""The table of hooks: what of moto is replaced, and the check whether moto alone still gives the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Why something of moto is replaced.

    Attributes:
        hook: the module of localcloud that does it.
        what: what moto does alone, as the end of "moto ...".
        changes: what the hook changes, as the local cloud tells it (`GET /hooks`).
        holds: whether moto alone still does it.
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
    """Enter a check into the table."""

    def entered(holds: Callable[[], bool]) -> Callable[[], bool]:
        NEEDS.append(Need(hook, what, tuple(f"moto.{change}" for change in changes), holds))
        return holds

    return entered
