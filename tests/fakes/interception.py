"""Faults and changes at one call of a fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def failing(fake: object, method: str, error: Exception) -> Iterator[None]:
    """Let every call of a method raise inside the block."""

    def fail(*_: object, **__: object) -> None:
        raise error

    setattr(fake, method, fail)
    try:
        yield
    finally:
        restore(fake, method)


def before(fake: object, method: str, action: Callable[..., object]) -> None:
    """Call `action` with the arguments of each call of a method, before the call."""
    real = getattr(fake, method)

    def call(*arguments: Any, **named: Any) -> Any:
        action(*arguments, **named)
        return real(*arguments, **named)

    setattr(fake, method, call)


def after(fake: object, method: str, change: Callable[[Any], Any]) -> None:
    """Return `change(result)` from each call of a method."""
    real = getattr(fake, method)
    setattr(fake, method, lambda *arguments, **named: change(real(*arguments, **named)))


def restore(fake: object, method: str) -> None:
    """Undo `before` and `after`."""
    delattr(fake, method)
