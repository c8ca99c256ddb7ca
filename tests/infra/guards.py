"""Raise on mistakes with outputs that Pulumi accepts silently.

An output is always true as a condition and never equal to anything; formatted as text it is a message of Pulumi's,
unless Pulumi is configured to raise. A resource that is created inside `apply` is missing from a preview.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pulumi

ROOT = Path(__file__).parents[2]
_in_apply: ContextVar[bool] = ContextVar("in_apply", default=False)
_apply = pulumi.Output.apply
_init = pulumi.Resource.__init__


class OutputMisused(AssertionError):  # noqa: N818
    """The program used an output as if it were its value."""


@contextmanager
def outputs_guarded() -> Iterator[None]:
    """Raise when an output is misused."""
    with (
        patch.dict(os.environ, {"PULUMI_ERROR_OUTPUT_STRING": "1"}),
        patch.object(pulumi.Output, "__bool__", _condition, create=True),
        patch.object(pulumi.Output, "__eq__", _comparison),
        patch.object(pulumi.Output, "__hash__", object.__hash__),
        patch.object(pulumi.Output, "apply", _watched_apply),
        patch.object(pulumi.Resource, "__init__", _watched_init),
    ):
        yield


def _ours() -> bool:
    """Return whether the caller is our code, not the SDK."""
    file = sys._getframe(2).f_code.co_filename
    return file.startswith(str(ROOT)) and "site-packages" not in file


def _condition(_: object) -> bool:
    if _ours():
        raise OutputMisused("an output is used as a condition, which is always true")
    return True


def _comparison(self: object, other: object) -> Any:
    if _ours():
        raise OutputMisused("an output is compared, which is never equal")
    return self is other


def _watched_apply(self: pulumi.Output[Any], func: Callable[[Any], Any], run_with_unknowns: bool = False) -> Any:
    def watched(value: Any) -> Any:
        token = _in_apply.set(True)
        try:
            return func(value)
        finally:
            _in_apply.reset(token)

    return _apply(self, watched, run_with_unknowns)


def _watched_init(self: pulumi.Resource, kind: str, name: str, *more: Any, **options: Any) -> None:
    if _in_apply.get():
        raise OutputMisused(f"{kind} {name} is created inside apply, so a preview cannot show it")
    _init(self, kind, name, *more, **options)
