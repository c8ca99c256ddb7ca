"""Faults that a test switches on: what Google, the network or a synchronizing client can do to a download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.google_drive.errors import DriveError
from localcloud.stand_in import Fault, Faults

#: Kind -> the settings that it requires.
_KINDS = {
    "error": {"status", "reason"},
    "cut": {"afterBytes"},
    "grow": {"bytes"},
    "range416": set(),
}
_OPTIONAL = {"kind", "count", "skip", "only", "fileId"}
_TARGETS = ("any", "media", "metadata", "list", "token")

#: Google's sentence and domain by reason, where one is documented.
_MESSAGES = {
    "downloadQuotaExceeded": ("usageLimits", "The download quota for this file has been exceeded."),
    "rateLimitExceeded": ("usageLimits", "Rate Limit Exceeded"),
    "userRateLimitExceeded": ("usageLimits", "User Rate Limit Exceeded"),
    "dailyLimitExceeded": ("usageLimits", "Daily Limit Exceeded"),
    "backendError": ("global", "Backend Error"),
    "internalError": ("global", "Internal Error"),
    "authError": ("global", "Invalid Credentials"),
}


@dataclass(frozen=True)
class DriveFault(Fault):
    """`only`: media, metadata, list, token or any; `file_id` None: any file."""

    kind: str
    only: str
    file_id: str | None
    settings: Mapping[str, Any]

    def error(self) -> DriveError:
        """Return the response of kind `error`."""
        reason = str(self.settings["reason"])
        domain, message = _MESSAGES.get(reason, ("global", reason))
        return DriveError(self.settings["status"], reason, message, domain=domain)


def parse_fault(body: Mapping[str, Any]) -> DriveFault:
    """Raises ValueError for an invalid fault."""
    kind = str(body.get("kind"))
    if kind not in _KINDS:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, not {kind}")
    required = _KINDS[kind]
    if not required <= set(body) <= required | _OPTIONAL:
        raise ValueError(f"fault {kind}: required {sorted(required)}, optional {sorted(_OPTIONAL)}, not {sorted(body)}")
    only = body.get("only", "any" if kind == "error" else "media")
    if only not in _TARGETS or (kind != "error" and only != "media"):
        raise ValueError(f"fault {kind}: only={only!r} is not possible; targets are {', '.join(_TARGETS)}")
    settings = {name: body[name] for name in required}
    return DriveFault(body.get("count", 1), body.get("skip", 0), kind, only, body.get("fileId"), settings)


def take_faults(faults: Faults[DriveFault], target: str, file_id: str | None) -> dict[str, DriveFault]:
    """Return the faults that affect a request, one of each kind."""

    def take(kind: str) -> DriveFault | None:
        return faults.take(
            lambda each: each.kind == kind and each.only in ("any", target) and each.file_id in (None, file_id)
        )

    return {kind: fault for kind in _KINDS if (fault := take(kind)) is not None}
