"""Replace a function or property of moto, after making sure that it still is what the hook was written for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import moto


class MotoChanged(Exception):  # noqa: N818 - says what happened
    """What a hook replaces is gone or has another signature; the hook must be looked at before moto moves on."""


def _changed(owner: Any, name: str, found: str, expected: str) -> MotoChanged:
    return MotoChanged(
        f"moto {moto.__version__}: {getattr(owner, '__name__', owner)}.{name} is {found}, "
        f"the local cloud's hook expects {expected}"
    )


def replace_function(owner: Any, name: str, parameters: str, replacement: Callable[[Any], Any]) -> None:
    """Put `replacement(original)` in the place of a function of a class or module.

    Args:
        parameters: the names of the parameters that the original must have, separated by blanks.

    Raises MotoChanged if it does not exist or has other parameters.
    """
    original = vars(owner).get(name)
    if not inspect.isfunction(original):
        raise _changed(owner, name, "missing" if original is None else "no function", "a function")
    found = " ".join(inspect.signature(original).parameters)
    if found != parameters:
        raise _changed(owner, name, f"a function of ({found})", f"one of ({parameters})")
    setattr(owner, name, replacement(original))


def replace_property(owner: type, name: str, replacement: Callable[[property], property]) -> None:
    """Put `replacement(original)` in the place of a property of a class. Raises MotoChanged."""
    original = vars(owner).get(name)
    if not isinstance(original, property):
        raise _changed(owner, name, "missing" if original is None else "no property", "a property")
    setattr(owner, name, replacement(original))


def add_method(owner: type, name: str, method: Callable[..., Any]) -> None:
    """Give a class a method that it must not have itself (what it inherits does not count). Raises MotoChanged."""
    if name in vars(owner):
        raise _changed(owner, name, "there", "it missing")
    setattr(owner, name, method)
