"""Memory: do not keep every model instance.

moto keeps all instances ever created (each message, log event and deleted object) for a dashboard that the local cloud
does not have.
"""

from __future__ import annotations

from typing import Any

from moto.core.common_models import BaseModel

from localcloud.hooks.patching import replace_static


def _untracked(cls: type, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG001 - moto's signature
    return object.__new__(cls)


def install() -> None:
    replace_static(BaseModel, "__new__", _untracked)
