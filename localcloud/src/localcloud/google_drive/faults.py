"""Faults that a test switches on: what Google, the network or a synchronising client can do to a download."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.google_drive.errors import DriveError

#: kind -> the settings that it needs.
KINDS: dict[str, tuple[str, ...]] = {
    "error": ("status", "reason"),
    "cut": ("afterBytes",),
    "slow": ("bytesPerSecond",),
    "corrupt": (),
    "wrongMd5": (),
    "grow": ("bytes",),
    "range416": (),
}
_MEDIA_KINDS = frozenset({"cut", "slow", "corrupt", "grow", "range416"})
_DEFAULT_TARGET = {"wrongMd5": "metadata"}
_TARGETS = ("any", "media", "metadata", "list", "token")
_SETTINGS = frozenset({"status", "reason", "message", "afterBytes", "bytesPerSecond", "bytes", "retryAfterSeconds"})
_COMMON = frozenset({"kind", "count", "skip", "only", "fileId"})

#: Google's sentence and domain by reason, where one is documented.
_WORDS = {
    "downloadQuotaExceeded": ("usageLimits", "The download quota for this file has been exceeded."),
    "rateLimitExceeded": ("usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": ("usageLimits", "User Rate Limit Exceeded"),
    "dailyLimitExceeded": ("usageLimits", "Daily Limit Exceeded"),
    "backendError": ("global", "Backend Error"),
    "internalError": ("global", "Internal Error"),
    "authError": ("global", "Invalid Credentials"),
}


@dataclass(frozen=True)
class Fault:
    """One switched-on fault: it applies to the `count` matching requests after `skip` of them."""

    kind: str
    only: str
    count: int
    skip: int
    file_id: str | None
    settings: Mapping[str, Any]

    def number(self, name: str) -> int:
        return int(self.settings[name])

    def error(self) -> DriveError:
        """The answer of kind `error`."""
        reason = str(self.settings["reason"])
        domain, words = _WORDS.get(reason, ("global", reason))
        retry = self.settings.get("retryAfterSeconds")
        return DriveError(
            int(self.settings["status"]),
            reason,
            str(self.settings.get("message", words)),
            domain=domain,
            headers={} if retry is None else {"Retry-After": str(retry)},
        )

    def describe(self) -> dict[str, Any]:
        settings = {**self.settings, "kind": self.kind, "only": self.only, "count": self.count, "skip": self.skip}
        return settings if self.file_id is None else {**settings, "fileId": self.file_id}


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, body: Mapping[str, Any]) -> Fault:
        """Switch a fault on. Raises ValueError for what is no fault."""
        kind = body.get("kind")
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
        missing = [name for name in KINDS[kind] if name not in body]
        unknown = sorted(set(body) - _SETTINGS - _COMMON)
        if missing or unknown:
            raise ValueError(f"fault {kind}: missing {missing}, unknown {unknown}")
        only = str(body.get("only", _DEFAULT_TARGET.get(kind, "media" if kind in _MEDIA_KINDS else "any")))
        if only not in _TARGETS or (kind in _MEDIA_KINDS and only != "media"):
            raise ValueError(f"fault {kind}: only={only!r} is not possible; targets are {', '.join(_TARGETS)}")
        count, skip = int(body.get("count", 1)), int(body.get("skip", 0))
        if count < 1 or skip < 0:
            raise ValueError("count is at least 1 and skip at least 0")
        settings = {name: value for name, value in body.items() if name in _SETTINGS}
        fault = Fault(str(kind), only, count, skip, body.get("fileId"), settings)
        with self._lock:
            self._pending.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._pending.clear()

    def pending(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.describe() for fault in self._pending]

    def take(self, target: str, file_id: str | None) -> dict[str, Fault]:
        """The faults that strike this request, one of a kind; each is used up by one.

        Args:
            target: media, metadata, list or token.
            file_id: of the file that is asked for.
        """
        struck: dict[str, Fault] = {}
        with self._lock:
            kept = []
            for fault in self._pending:
                matches = fault.only in ("any", target) and fault.file_id in (None, file_id)
                if not matches or fault.kind in struck:
                    kept.append(fault)
                elif fault.skip > 0:
                    kept.append(replace(fault, skip=fault.skip - 1))
                else:
                    struck[fault.kind] = fault
                    if fault.count > 1:
                        kept.append(replace(fault, count=fault.count - 1))
            self._pending = kept
        return struck
