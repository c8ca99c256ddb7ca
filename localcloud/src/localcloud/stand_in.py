"""What the local Google Drive and the local Airtable share: a request log, switchable faults and console routes."""

from __future__ import annotations

import inspect
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from localcloud.context import ConsoleRoutes

if TYPE_CHECKING:
    from werkzeug.wrappers import Request

_REQUESTS_KEPT = 20_000


def bearer_token(request: Request) -> str | None:
    """Return the token of the Authorization header."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() or None if scheme.lower() == "bearer" else None


class RequestLog:
    """The last requests, oldest first. An entry is filled in while its request is served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=_REQUESTS_KEPT)

    def add(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._entries.append(entry)

    def entries(self, **wanted: Any) -> list[dict[str, Any]]:
        """Return the entries with these values."""
        with self._lock:
            return [dict(each) for each in self._entries if all(each[name] == value for name, value in wanted.items())]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


@dataclass(frozen=True)
class Fault:
    """A fault that affects `count` matching requests after `skip` of them."""

    count: int
    skip: int

    def __post_init__(self) -> None:
        if self.count < 1 or self.skip < 0:
            raise ValueError("count is at least 1 and skip at least 0")


F = TypeVar("F", bound=Fault)


class Faults(Generic[F]):
    """The faults that are still pending."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[F] = []

    def add(self, fault: F) -> None:
        with self._lock:
            self._pending.append(fault)

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._pending]

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def take(self, matches: Callable[[F], bool]) -> F | None:
        """Return the first fault that affects a request, and count its use."""
        with self._lock:
            for index, fault in enumerate(self._pending):
                if not matches(fault):
                    continue
                if fault.skip > 0:
                    self._pending[index] = replace(fault, skip=fault.skip - 1)
                    continue
                self._pending[index : index + 1] = [replace(fault, count=fault.count - 1)] if fault.count > 1 else []
                return fault
        return None


#: "METHOD /path" -> handler, whose keywords are the keys of the JSON body or query.
Routes = dict[str, Callable[..., Any]]


def add_routes(console: ConsoleRoutes, routes: Routes) -> None:
    for route, handler in routes.items():
        method, path = route.split()
        console.add(method, path, _with_keywords(handler))


def log_and_fault_routes(
    prefix: str, log: RequestLog, faults: Faults[F], parse: Callable[[Mapping[str, Any]], F]
) -> Routes:
    """Return the routes of a request log and of faults; `parse` raises ValueError for an invalid fault."""
    return {
        f"GET {prefix}/requests": log.entries,
        f"POST {prefix}/requests/clear": log.clear,
        f"GET {prefix}/faults": faults.pending,
        f"POST {prefix}/faults": lambda **body: faults.add(parse(body)),
        f"POST {prefix}/faults/clear": faults.clear,
    }


def _with_keywords(handler: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    signature = inspect.signature(handler)

    def call(body: Mapping[str, Any]) -> Any:
        try:
            bound = signature.bind(**body)
        except TypeError as mismatch:
            raise ValueError(str(mismatch)) from mismatch
        return handler(*bound.args, **bound.kwargs)

    return call
