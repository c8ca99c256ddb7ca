"""Replace functions and properties of moto, after checking that they are what the hook was written for.

Every change of moto goes through here and is listed by `applied` (`GET /hooks`). tests/localcloud/hooks has a table of
all of them with the reasons.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import moto


class MotoChanged(Exception):  # noqa: N818 - says what happened
    """What a hook replaces is missing or has another signature: review the hook before moto is upgraded."""


#: All changes in their order.
_applied: list[str] = []


def applied() -> list[str]:
    """The changes of moto in this process, as `module.Class.attribute`."""
    return list(_applied)


def note(what: str) -> None:
    """List a change that is no replacement, such as an added module."""
    _applied.append(what)


def _name_of(owner: Any) -> str:
    return f"{owner.__module__}.{owner.__qualname__}" if inspect.isclass(owner) else str(owner.__name__)


def _set(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)
    note(f"{_name_of(owner)}.{name}")


def _changed(owner: Any, name: str, found: str, expected: str) -> MotoChanged:
    return MotoChanged(
        f"moto {moto.__version__}: {getattr(owner, '__name__', owner)}.{name} is {found}, "
        f"the local cloud's hook expects {expected}"
    )


def replace_function(owner: Any, name: str, parameters: str, replacement: Callable[[Any], Any]) -> None:
    """Replace a function of a class or module by `replacement(original)`.

    Args:
        parameters: names of the parameters that the original must have, separated by spaces.

    Raises MotoChanged if it does not exist or has other parameters.
    """
    original = vars(owner).get(name)
    if not inspect.isfunction(original):
        raise _changed(owner, name, "missing" if original is None else "no function", "a function")
    found = " ".join(inspect.signature(original).parameters)
    if found != parameters:
        raise _changed(owner, name, f"a function of ({found})", f"one of ({parameters})")
    _set(owner, name, replacement(original))


def replace_property(owner: type, name: str, replacement: Callable[[property], property]) -> None:
    """Replace a property of a class by `replacement(original)`. Raises MotoChanged."""
    original = vars(owner).get(name)
    if not isinstance(original, property):
        raise _changed(owner, name, "missing" if original is None else "no property", "a property")
    _set(owner, name, replacement(original))


def replace_static(owner: type, name: str, replacement: Callable[..., Any]) -> None:
    """Replace a static method of a class (`__new__` is one). Raises MotoChanged."""
    original = vars(owner).get(name)
    if not isinstance(original, staticmethod):
        raise _changed(owner, name, "missing" if original is None else "no static method", "a static method")
    _set(owner, name, staticmethod(replacement))


def add_entry(owner: Any, name: str, key: str, value: Any) -> None:
    """Add an entry that must not exist yet to a mapping of a module. Raises MotoChanged."""
    table = vars(owner).get(name)
    if not isinstance(table, dict) or key in table:
        raise _changed(owner, name, "no mapping without " + key, "one")
    table[key] = value
    note(f"{_name_of(owner)}.{name}")


def add_method(owner: type, name: str, method: Callable[..., Any]) -> None:
    """Add a method that a class must not define itself (it may inherit it). Raises MotoChanged."""
    if name in vars(owner):
        raise _changed(owner, name, "there", "it missing")
    _set(owner, name, method)
