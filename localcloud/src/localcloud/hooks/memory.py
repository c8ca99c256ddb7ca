"""Memory: what nobody refers to any more is forgotten.

moto keeps every model instance that was ever made (each message, log event and deleted object) for a dashboard
that the local cloud does not offer.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel

from localcloud.hooks.patching import replace_static


def _untracked(cls: type, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG001 - moto's signature
    return object.__new__(cls)


def install() -> None:
    replace_static(BaseModel, "__new__", _untracked)
