"""Memory: what nobody refers to any more is forgotten.

moto keeps every model instance that was ever made (each message, log event and deleted object) for a dashboard
that the local cloud does not offer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.common_models import BaseModel

from localcloud.hooks.patching import MotoChanged


def _untracked(cls: type, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG001 - moto's signature
    return object.__new__(cls)


def install() -> None:
    original = vars(BaseModel).get("__new__")
    if not isinstance(original, staticmethod):
        raise MotoChanged("moto's BaseModel has no __new__ any more that would track instances")
    tracked: Callable[..., Any] = _untracked
    BaseModel.__new__ = staticmethod(tracked)
