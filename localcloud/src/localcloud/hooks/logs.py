"""CloudWatch Logs: reject filter patterns that moto does not support.

moto supports terms and exact phrases only. A JSON, space-delimited or regular-expression pattern would match every
line, and so would an excluded or optional term.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogsBackend

from localcloud.hooks.patching import replace_function

#: Beginnings of the patterns that moto ignores (CloudWatch Logs user guide, "Filter pattern syntax").
_UNSUPPORTED = ("{", "[", "%", "-", "?")
_PARAMETERS = "self log_group_name log_stream_names start_time end_time limit next_token filter_pattern interleaved"


def _strict(original: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(original)

    def filter_log_events(*arguments: Any, **named: Any) -> Any:
        pattern = str(signature.bind(*arguments, **named).arguments["filter_pattern"] or "").strip()
        if any(term.startswith(_UNSUPPORTED) for term in pattern.split()[:1]):
            raise InvalidParameterException(
                msg=f"the local cloud does not filter by the pattern {pattern!r}: only terms and exact phrases"
            )
        return original(*arguments, **named)

    return filter_log_events


def install() -> None:
    replace_function(LogsBackend, "filter_log_events", _PARAMETERS, _strict)
