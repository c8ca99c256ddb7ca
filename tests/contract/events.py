"""Documented events, and how an emitted event differs from them in keys and types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data" / "events"


def load(name: str) -> Any:
    """Return the event of a file in tests/data/events."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


@dataclass(frozen=True)
class Documented:
    """An event's documented shape. Paths are as in `Records[].dynamodb.Keys`.

    Attributes:
        sample: its file.
        free: paths with keys of the user's choice.
        absent: keys of the sample that the local cloud omits, with the reason.
        beyond: keys of the local cloud that the sample lacks, with where they are documented.
    """

    sample: str
    free: frozenset[str] = frozenset()
    absent: Mapping[str, str] = field(default_factory=dict)
    beyond: Mapping[str, str] = field(default_factory=dict)


_QVBR = "outputGroupDetails[].outputDetails[].videoDetails"
_JOB = frozenset({"detail.userMetadata"})
_TIMING = "the encoder behind the local cloud does not say where a second is hardest"
_BLACK = "the local cloud does not look for black pictures"

EVENTS = {
    "mediaconvert_progressing": Documented("mediaconvert_progressing", _JOB),
    "mediaconvert_input_information": Documented("mediaconvert_input_information", _JOB),
    "mediaconvert_status_update": Documented("mediaconvert_status_update", _JOB),
    "mediaconvert_complete": Documented(
        "mediaconvert_complete",
        _JOB,
        absent={
            "detail.warnings": "only of jobs that have some",
            "detail.blackVideoDetected": _BLACK,
            "detail.blackSegments": _BLACK,
            **{
                f"detail.{_QVBR}.{name}": _TIMING
                for name in ("qvbrMinQuality", "qvbrMaxQuality", "qvbrMinQualityLocation", "qvbrMaxQualityLocation")
            },
        },
        beyond={f"detail.{_QVBR}.averageBitrate": "the page's table, COMPLETE event message details"},
    ),
    "mediaconvert_canceled": Documented("mediaconvert_canceled", _JOB),
    "mediaconvert_error": Documented("mediaconvert_error", _JOB),
    "eventbridge_scheduled": Documented("eventbridge_scheduled"),
    "eventbridge_undelivered": Documented(
        "eventbridge_undelivered",
        absent={"MessageAttributes.EXHAUSTED_RETRY_CONDITION": "only where retries were exhausted"},
    ),
    "sqs_messages": Documented("sqs_messages"),
    "dynamodb_stream": Documented(
        "dynamodb_stream",
        frozenset({f"Records[].dynamodb.{name}" for name in ("Keys", "NewImage", "OldImage")}),
        beyond={
            "Records[].dynamodb.ApproximateCreationDateTime": "DynamoDB Streams API reference, StreamRecord",
        },
    ),
    "lambda_async_failure": Documented(
        "lambda_async_failure",
        frozenset({"requestPayload", "responsePayload"}),
    ),
    "lambda_stream_failure": Documented("lambda_stream_failure"),
}


def differences(documented: Documented, emitted: Any) -> list[str]:
    """Return the missing, surplus and wrongly typed keys of an event, and exceptions that are obsolete."""
    wanted, found = _paths(load(documented.sample), documented.free), _paths(emitted, documented.free)
    problems = [
        f"{path} is {' or '.join(sorted(found[path]))}, documented as {' or '.join(sorted(wanted[path]))}"
        for path in sorted(wanted.keys() & found.keys())
        if not found[path] <= wanted[path]
    ]
    missing, surplus = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    problems += [f"{path} is documented, and missing" for path in sorted(missing) if not _in(path, documented.absent)]
    problems += [f"{path} is not documented" for path in sorted(surplus) if not _in(path, documented.beyond)]
    problems += [f"{path} is there by now: take it from `absent`" for path in documented.absent if path in found]
    problems += [f"{path} is not there: take it from `beyond`" for path in documented.beyond if path not in found]
    return problems


def _in(path: str, places: Mapping[str, str]) -> bool:
    return any(path == place or path.startswith((f"{place}.", f"{place}[")) for place in places)


def _paths(value: Any, free: frozenset[str]) -> dict[str, set[str]]:
    """Return the types found at each path."""
    found: dict[str, set[str]] = {}
    for path, kind in _walk(value, "", free):
        found.setdefault(path, set()).add(kind)
    return found


def _walk(value: Any, path: str, free: frozenset[str]) -> Iterator[tuple[str, str]]:
    yield path, _kind(value)
    if path in free:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}" if path else name, free)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, f"{path}[]", free)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return {str: "text", dict: "object", list: "list", type(None): "null"}[type(value)]
