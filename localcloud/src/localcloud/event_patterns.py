"""Event patterns: of EventBridge rules, and of the filters of event source mappings, which have the same language.

Source: "Comparison operators for use in event patterns", EventBridge User Guide. Every field of the pattern must
match; a list of values matches if one of them does; an array in the event matches if one of its elements does.
Documented operators that are missing here fail by name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_ABSENT = object()
_NOT_IMPLEMENTED = ("suffix", "equals-ignore-case", "wildcard", "numeric", "cidr")


class InvalidPatternError(ValueError):
    """EventBridge rejects the pattern; the message is its reason."""


def parse_pattern(text: str) -> dict[str, Any]:
    """Return a checked pattern from its JSON text. Raises InvalidPatternError, or NotImplementedError by operator."""
    try:
        pattern = json.loads(text)
    except ValueError as wrong:
        raise InvalidPatternError("Invalid JSON") from wrong
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPatternError("Filter is not an object")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Return whether an event (its JSON) matches a checked pattern."""
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def _check(pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if name == "$or":
            raise NotImplementedError("the operator $or of an event pattern")
        if not isinstance(wanted, dict | list):
            raise InvalidPatternError(f'"{name}" must be an object or an array')
        if not wanted:
            raise InvalidPatternError(f"Empty {'objects' if isinstance(wanted, dict) else 'arrays'} are not allowed")
        if isinstance(wanted, dict):
            _check(wanted)
        else:
            for value in wanted:
                _check_value(value)


def _check_value(value: Any) -> None:
    if isinstance(value, list):
        raise InvalidPatternError("Match value must be String, number, true, false, or null")
    if not isinstance(value, dict):
        return
    if len(value) != 1:
        raise InvalidPatternError("Only one key allowed in match expression")
    ((operator, operand),) = value.items()
    if operator in _NOT_IMPLEMENTED or (operator in ("prefix", "anything-but") and isinstance(operand, dict)):
        raise NotImplementedError(f"the operator {json.dumps(value)} of an event pattern")
    if operator not in ("prefix", "anything-but", "exists"):
        raise InvalidPatternError(f"Unrecognized match type {operator}")
    if operator == "exists" and not isinstance(operand, bool):
        raise InvalidPatternError("exists match pattern must be either true or false.")


def _field_matches(name: str, wanted: Any, event: Any) -> bool:
    found = list(_values(event, name))
    if isinstance(wanted, dict):
        return any(matches(wanted, value) for value in (found or [{}]))
    return any(_value_matches(value, alternative) for alternative in wanted for value in (found or [_ABSENT]))


def _values(event: Any, name: str) -> Iterator[Any]:
    """Yield what a field holds: the elements of arrays one by one, also through arrays of objects."""
    if isinstance(event, list):
        for element in event:
            yield from _values(element, name)
    elif isinstance(event, dict) and name in event:
        value = event[name]
        if isinstance(value, list) and value:
            yield from value
        else:
            yield value  # an empty array is present, but only `exists` matches it


def _value_matches(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return _same(value, wanted)
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        return (value is not _ABSENT and not isinstance(value, dict)) is operand
    if operator == "prefix":
        return isinstance(value, str) and value.startswith(operand)
    others = operand if isinstance(operand, list) else [operand]
    return value is not _ABSENT and not any(_same(value, one) for one in others)


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value is not _ABSENT and value == wanted)
