"""Describe in words what a setting may be, from its type and the bounds in `Annotated[...]`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Meta

_BINARY_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))


def allowed_words(kind: Any) -> str:
    """Return `a whole number from 1 to 365`, `one of DEBUG, INFO`, `a text`."""
    bare = plain(kind)
    if get_origin(bare) is Literal:
        return f"one of {', '.join(map(str, get_args(bare)))}"
    if bare not in (int, float):
        return "a text"
    words = ["a whole number" if bare is int else "a number"]
    for meta in get_args(kind)[1:]:
        if isinstance(meta, Meta):
            bounds = {"from": meta.ge, "above": meta.gt, "to" if meta.gt is None else "and at most": meta.le}
            words += [f"{word} {_shown(bound)}" for word, bound in bounds.items() if bound is not None]
    return " ".join(words)


def plain(kind: Any) -> Any:
    """Return a type without its `Annotated[...]`."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _shown(number: float) -> str:
    """Return `365`, `10,240`, `5,242,880 (5 MiB)`."""
    for unit, name in _BINARY_UNITS:
        if number >= unit and number % unit == 0:
            return f"{number:,} ({number // unit:.0f} {name})"
    return f"{number:,}"
