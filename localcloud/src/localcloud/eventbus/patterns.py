"""EventBridge event patterns.

Matching follows "Comparison operators for use in event patterns" of the EventBridge User Guide: every field of the
pattern must match, a list of values is an or, an array in the event matches if one of its elements does. An operator
that is not known here is refused when the rule is put.
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_ABSENT = object()
_NUMERIC: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
#: Operators whose operand may be another operator.
_NESTED: Mapping[str, tuple[str, ...]] = {
    "anything-but": ("prefix", "suffix", "equals-ignore-case", "wildcard"),
    "prefix": ("equals-ignore-case",),
    "suffix": ("equals-ignore-case",),
}


class InvalidPattern(ValueError):  # noqa: N818 - EventBridge's word
    """The pattern is not one that EventBridge takes; the message is the reason."""


def parse_pattern(text: str) -> dict[str, Any]:
    """A checked pattern from its JSON text. Raises InvalidPattern."""
    try:
        pattern = json.loads(text)
    except ValueError as wrong:
        raise InvalidPattern("Invalid JSON") from wrong
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("Filter is not an object")
    _check(pattern)
    return pattern


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event (its JSON) matches a checked pattern."""
    return all(_field_matches(name, wanted, event) for name, wanted in pattern.items())


def _check(pattern: Mapping[str, Any]) -> None:
    for name, wanted in pattern.items():
        if name == "$or":
            if not isinstance(wanted, list) or len(wanted) < 2:
                raise InvalidPattern("$or must be an array of at least two patterns")
            for branch in wanted:
                _check(branch)
        elif isinstance(wanted, dict):
            if not wanted:
                raise InvalidPattern("Empty objects are not allowed")
            _check(wanted)
        elif isinstance(wanted, list):
            if not wanted:
                raise InvalidPattern("Empty arrays are not allowed")
            for value in wanted:
                _check_value(value)
        else:
            raise InvalidPattern(f'"{name}" must be an object or an array')


def _check_value(value: Any) -> None:
    if isinstance(value, list):
        raise InvalidPattern("Match value must be String, number, true, false, or null")
    if not isinstance(value, dict):
        return
    if len(value) != 1:
        raise InvalidPattern("Only one key allowed in match expression")
    name, operand = next(iter(value.items()))
    if name not in _OPERATORS and name != "exists":
        raise InvalidPattern(f"Unrecognized match type {name}")
    if isinstance(operand, dict):
        _check_nested(name, operand)
    if name == "numeric":
        _check_numeric(operand)
    if name == "exists" and not isinstance(operand, bool):
        raise InvalidPattern("exists match pattern must be either true or false.")


def _check_nested(name: str, operand: Mapping[str, Any]) -> None:
    allowed = _NESTED.get(name, ())
    if len(operand) != 1 or next(iter(operand)) not in allowed:
        raise InvalidPattern(f"{name} cannot hold {', '.join(operand) or 'an empty object'}")


def _check_numeric(operand: Any) -> None:
    if not isinstance(operand, list) or not operand or len(operand) % 2:
        raise InvalidPattern("numeric must be an array of operators and numbers")
    for compare, number in zip(operand[::2], operand[1::2], strict=True):
        if compare not in _NUMERIC:
            raise InvalidPattern(f"Unrecognized numeric range operator: {compare}")
        if not _is_number(number):
            raise InvalidPattern(f"Value of {compare} must be numeric")


def _field_matches(name: str, wanted: Any, event: Any) -> bool:
    if name == "$or":
        return any(matches(branch, event) for branch in wanted)
    found = list(_values(event, name))
    if isinstance(wanted, dict):
        return any(matches(wanted, value) for value in (found or [{}]))
    return any(_value_matches(value, alternative) for alternative in wanted for value in (found or [_ABSENT]))


def _values(event: Any, name: str) -> Iterator[Any]:
    """What a field holds: the elements of arrays one by one, through arrays of objects too."""
    if isinstance(event, list):
        for element in event:
            yield from _values(element, name)
    elif isinstance(event, dict) and name in event:
        value = event[name]
        if isinstance(value, list) and value:
            yield from value
        else:
            yield value  # an empty array is there, though nothing but `exists` matches it


def _value_matches(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        return _same(value, wanted)
    name, operand = next(iter(wanted.items()))
    if name == "exists":
        return (value is not _ABSENT and not isinstance(value, dict)) is operand
    return value is not _ABSENT and _OPERATORS[name](value, operand)


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value is not _ABSENT and value == wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    """An operator on strings; its operand may be {"equals-ignore-case": text}."""

    def compare(value: Any, operand: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return test(value.lower(), str(operand["equals-ignore-case"]).lower())
        return test(value, operand)

    return compare


def _any_of(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, operand: any(
        compare(value, one) for one in (operand if isinstance(operand, list) else [operand])
    )


def _wildcard(value: str, pattern: str) -> bool:
    parts = re.split(r"(?<!\\)\*", pattern)
    return re.fullmatch(".*".join(re.escape(part.replace(r"\*", "*")) for part in parts), value, re.DOTALL) is not None


def _cidr(value: Any, operand: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand)
    except ValueError:
        return False


def _numeric(value: Any, operand: Any) -> bool:
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return _is_number(value) and all(_NUMERIC[compare](value, number) for compare, number in pairs)


def _anything_but(value: Any, operand: Any) -> bool:
    if isinstance(operand, dict):
        name, inner = next(iter(operand.items()))
        return isinstance(value, str) and not _any_of(_OPERATORS[name])(value, inner)
    return not any(_same(value, one) for one in (operand if isinstance(operand, list) else [operand]))


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _text(str.startswith),
    "suffix": _text(str.endswith),
    "equals-ignore-case": _text(lambda value, operand: value.lower() == operand.lower()),
    "wildcard": _text(_wildcard),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
