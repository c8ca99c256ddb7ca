"""Describe the values that a setting allows, from its type: the one source for error texts and for the docs.

Bounds come from `Annotated[...]`: `msgspec.Meta` here, pydantic's constraints (with the same names) in infra; choices
come from `Literal`. A custom rule brings its own `words`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

_BINARY_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))


def allowed_words(kinds: Sequence[Any]) -> str:
    """Describe what all of these types of one setting allow; the first decides whether it is a number or a text.

    `a whole number from 1 to 365`, `one of DEBUG, INFO`, or a rule's own words.
    """
    types, metadata = [plain(kind) for kind in kinds], [item for kind in kinds for item in _metadata(kind)]
    for words in _constraints(metadata, "words"):
        return str(words)
    for kind in types:
        if get_origin(kind) is Literal:
            return f"one of {', '.join(map(str, get_args(kind)))}"
    if types[0] in (int, float):
        return _range(metadata, whole=types[0] is int)
    max_length = min(_constraints(metadata, "max_length"), default=None)
    if max_length is not None:
        return f"a text of {max(_constraints(metadata, 'min_length'), default=0)} to {max_length} characters"
    return "a text"


def plain(kind: Any) -> Any:
    """Return the type inside `Annotated[...]`."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _metadata(kind: Any) -> Sequence[Any]:
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def _constraints(metadata: Sequence[Any], name: str) -> list[Any]:
    return [value for item in metadata if (value := getattr(item, name, None)) is not None]


def _range(metadata: Sequence[Any], *, whole: bool) -> str:
    """Describe the tightest of several bounds; whole numbers have no open ends."""
    lower = max(_lower(metadata, whole), default=None)
    upper = min(_upper(metadata, whole), default=None)
    kind = "a whole number" if whole else "a number"
    if lower is None:
        return kind if upper is None else f"{kind}, {_shown(upper[0])} at most"
    # The second of a pair marks an open end: (0, 1) is above 0, (0, 0) is 0 or more.
    low = f"above {_shown(lower[0])}" if lower[1] else _shown(lower[0])
    if upper is None:
        return f"{kind} {low}" if lower[1] else f"{kind}, {low} or more"
    high = f"below {_shown(upper[0])}" if upper[1] else _shown(upper[0])
    return f"{kind} {low}, {high} at most" if lower[1] else f"{kind} from {low} to {high}"


def _lower(metadata: Sequence[Any], whole: bool) -> list[tuple[float, int]]:
    closed, opened = _constraints(metadata, "ge"), _constraints(metadata, "gt")
    if whole:
        return [(math.ceil(bound), 0) for bound in closed] + [(math.floor(bound) + 1, 0) for bound in opened]
    return [(bound, 0) for bound in closed] + [(bound, 1) for bound in opened]


def _upper(metadata: Sequence[Any], whole: bool) -> list[tuple[float, int]]:
    closed, opened = _constraints(metadata, "le"), _constraints(metadata, "lt")
    if whole:
        return [(math.floor(bound), 0) for bound in closed] + [(math.ceil(bound) - 1, 0) for bound in opened]
    return [(bound, 0) for bound in closed] + [(bound, -1) for bound in opened]


def _shown(number: float) -> str:
    """`365`, `10,240`, `5,242,880 (5 MiB)`."""
    text = f"{number:,}"
    for unit, name in _BINARY_UNITS:
        if number >= unit and number % unit == 0:
            return f"{text} ({number // unit:.0f} {name})"
    return text
