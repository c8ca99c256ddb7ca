"""Routing: find a request's service without listing moto's package directory each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import moto.backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from localcloud.hooks.patching import replace_function


def _listed_once(original: Callable[[], Any]) -> Callable[[], Any]:
    names = frozenset(original())
    return lambda: names


def _cached(original: Callable[[Any, str | None], Any]) -> Callable[[Any, str | None], Any]:
    """Cache services by host; hosts without one are looked up again, since services may be added."""
    found: dict[str | None, Any] = {}

    def get_backend_for_host(self: Any, host: str | None) -> Any:
        if host not in found:
            backend = original(self, host)
            if backend is None:
                return None
            found[host] = backend
        return found[host]

    return get_backend_for_host


def install() -> None:
    replace_function(moto.backends, "list_of_moto_modules", "", _listed_once)
    replace_function(DomainDispatcherApplication, "get_backend_for_host", "self host", _cached)
