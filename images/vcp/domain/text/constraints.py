"""What a setting may be, in words, read off its type: one source for refusals, for init errors and for the docs.

Bounds come from what stands in `Annotated[...]`: `msgspec.Meta` here, pydantic's constraints in infra, which have the
same names; choices from `Literal`. What only a check can tell is a rule that brings its own `words`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args, get_origin

_BINARY_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))


def allowed_words(kinds: Sequence[Any]) -> str:
    """What passes all of these types, which describe the same setting; the first one says what it is.

    `a whole number from 1 to 365`, `one of DEBUG, INFO`, a rule's own words.
    """
    types, metadata = [plain(kind) for kind in kinds], [item for kind in kinds for item in _metadata(kind)]
    for words in _told(metadata, "words"):
        return str(words)
    for kind in types:
        if get_origin(kind) is Literal:
            return f"one of {', '.join(map(str, get_args(kind)))}"
    if types[0] in (int, float):
        return _range(metadata, whole=types[0] is int)
    most = min(_told(metadata, "max_length"), default=None)
    if most is not None:
        return f"a text of {max(_told(metadata, 'min_length'), default=0)} to {most} characters"
    return "a text"


def plain(kind: Any) -> Any:
    """A type without what stands beside it in `Annotated[...]`."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _metadata(kind: Any) -> Sequence[Any]:
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def _told(metadata: Sequence[Any], name: str) -> list[Any]:
    """What is said under this name."""
    return [told for item in metadata if (told := getattr(item, name, None)) is not None]


def _range(metadata: Sequence[Any], *, whole: bool) -> str:
    """The tightest bounds of several constraints; whole numbers have no open ends."""
    least = max(_lower(metadata, whole), default=None)
    most = min(_upper(metadata, whole), default=None)
    kind = "a whole number" if whole else "a number"
    if least is None:
        return kind if most is None else f"{kind}, {_shown(most[0])} at most"
    # The second of the pair tells an open end: (0, 1) is above 0, (0, 0) is 0 or more.
    low = f"above {_shown(least[0])}" if least[1] else _shown(least[0])
    if most is None:
        return f"{kind} {low}" if least[1] else f"{kind}, {low} or more"
    high = f"below {_shown(most[0])}" if most[1] else _shown(most[0])
    return f"{kind} {low}, {high} at most" if least[1] else f"{kind} from {low} to {high}"


def _lower(metadata: Sequence[Any], whole: bool) -> list[tuple[float, int]]:
    closed, opened = _told(metadata, "ge"), _told(metadata, "gt")
    if whole:
        return [(math.ceil(bound), 0) for bound in closed] + [(math.floor(bound) + 1, 0) for bound in opened]
    return [(bound, 0) for bound in closed] + [(bound, 1) for bound in opened]


def _upper(metadata: Sequence[Any], whole: bool) -> list[tuple[float, int]]:
    closed, opened = _told(metadata, "le"), _told(metadata, "lt")
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
