"""What a setting may be, in words, read off its type: one source for refusals, for init errors and for the docs.

Bounds come from pydantic's constraints, choices from `Literal`; what only a check can tell is a `Rule` beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

_BINARY_UNITS = ((1024**4, "TiB"), (1024**3, "GiB"), (1024**2, "MiB"))


@dataclass(frozen=True)
class Rule:
    """A check together with the words for what passes it; stands in `Annotated[...]` and is pydantic's validator.

    `words` complete "it must be ...". `check` raises ValueError; its text, if any, is what exactly is amiss.
    """

    words: str
    check: Callable[[Any], None]
    #: Look at the value as it was given, not as pydantic reads it: for types that pydantic reads too kindly.
    as_given: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if self.as_given:
            return core_schema.no_info_before_validator_function(self._checked, handler(source))
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def _checked(self, value: Any) -> Any:
        self.check(value)
        return value


def allowed_words(fields: Sequence[FieldInfo]) -> str:
    """What passes all of these fields, which describe the same setting; the first one has the type.

    `a whole number from 1 to 365`, `one of DEBUG, INFO`, a rule's own words.
    """
    kind = fields[0].annotation
    metadata = [item for field in fields for item in field.metadata]
    for item in metadata:
        if isinstance(item, Rule):
            return item.words
    for field in fields:
        if get_origin(field.annotation) is Literal:
            return f"one of {', '.join(map(str, get_args(field.annotation)))}"
    if kind in (int, float):
        return _range(metadata, whole=kind is int)
    least = max((item.min_length for item in metadata if isinstance(item, MinLen)), default=0)
    most = min((item.max_length for item in metadata if isinstance(item, MaxLen)), default=None)
    if most is not None:
        return f"a text of {least} to {most} characters"
    return "a text"


def _range(metadata: Sequence[Any], *, whole: bool) -> str:
    """The tightest bounds of several constraints; whole numbers have no open ends."""
    least = max((_lower(item, whole) for item in metadata if isinstance(item, Ge | Gt)), default=None)
    most = min((_upper(item, whole) for item in metadata if isinstance(item, Le | Lt)), default=None)
    kind = "a whole number" if whole else "a number"
    if least is None:
        return kind if most is None else f"{kind}, {_shown(most[0])} at most"
    # The second of the pair tells an open end: (0, 1) is above 0, (0, 0) is 0 or more.
    low = f"above {_shown(least[0])}" if least[1] else _shown(least[0])
    if most is None:
        return f"{kind} {low}" if least[1] else f"{kind}, {low} or more"
    high = f"below {_shown(most[0])}" if most[1] else _shown(most[0])
    return f"{kind} {low}, {high} at most" if least[1] else f"{kind} from {low} to {high}"


def _lower(bound: Ge | Gt, whole: bool) -> tuple[float, int]:
    value: Any = bound.gt if isinstance(bound, Gt) else bound.ge
    if whole:
        return (math.floor(value) + 1 if isinstance(bound, Gt) else math.ceil(value), 0)
    return (value, int(isinstance(bound, Gt)))


def _upper(bound: Le | Lt, whole: bool) -> tuple[float, int]:
    value: Any = bound.lt if isinstance(bound, Lt) else bound.le
    if whole:
        return (math.ceil(value) - 1 if isinstance(bound, Lt) else math.floor(value), 0)
    return (value, -int(isinstance(bound, Lt)))


def _shown(number: float) -> str:
    """`365`, `10,240`, `5,242,880 (5 MiB)`."""
    text = f"{number:,}"
    for unit, name in _BINARY_UNITS:
        if number >= unit and number % unit == 0:
            return f"{text} ({number // unit:.0f} {name})"
    return text
