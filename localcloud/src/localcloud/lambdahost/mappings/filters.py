"""FilterCriteria: which records of a batch reach the function.

Source: "Control which events Lambda sends to your function" in the developer guide. An operator that is not known
here is refused when the mapping is made.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Pattern = Mapping[str, Any]

_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, wanted: value.casefold() == wanted.casefold(),
}


def parse_filters(criteria: Mapping[str, Any] | None) -> list[Pattern]:
    """The patterns of a FilterCriteria; empty when everything passes. Raises ValueError with the reason."""
    patterns: list[Pattern] = []
    for each in (criteria or {}).get("Filters") or []:
        try:
            pattern = json.loads(each.get("Pattern") or "{}")
        except ValueError as wrong:
            raise ValueError(f"Invalid filter pattern definition: {wrong}") from wrong
        if not isinstance(pattern, dict):
            raise ValueError("Invalid filter pattern definition: a pattern is a JSON object")  # noqa: TRY004
        _check(pattern)
        patterns.append(pattern)
    return patterns


def passes(patterns: Iterable[Pattern], record: Mapping[str, Any]) -> bool:
    """Whether any pattern matches, or there is none."""
    known = list(patterns)
    return not known or any(matches(pattern, record) for pattern in known)


def matches(pattern: Pattern, record: Any) -> bool:
    """Whether every field of the pattern matches; `$or` holds when one of its patterns does."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matches(each, record) for each in wanted):
                return False
            continue
        present = isinstance(record, Mapping) and key in record
        value = record[key] if present else None
        if isinstance(wanted, Mapping):
            if not any(matches(wanted, each) for each in (value if isinstance(value, list) else [value])):
                return False
        elif not _any_rule(wanted, value, present):
            return False
    return True


def _any_rule(rules: list[Any], value: Any, present: bool) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(_rule(rule, each, present) for rule in rules for each in values)


def _rule(rule: Any, value: Any, present: bool) -> bool:
    if not isinstance(rule, Mapping):
        return present and rule == value and isinstance(rule, bool) == isinstance(value, bool)
    ((name, wanted),) = rule.items()
    if name == "exists":
        return present is wanted
    if not present:
        return False
    if name in _TEXT:
        return isinstance(value, str) and _TEXT[name](value, wanted)
    if name == "anything-but":
        return _anything_but(wanted, value)
    return _numeric(wanted, value)


def _anything_but(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return not _rule(wanted, value, True)
    return value not in (wanted if isinstance(wanted, list) else [wanted])


def _numeric(wanted: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return all(_NUMERIC[symbol](value, limit) for symbol, limit in zip(wanted[::2], wanted[1::2], strict=True))


def _check(pattern: Pattern) -> None:
    for key, wanted in pattern.items():
        if key == "$or":
            for each in wanted:
                _check(each)
        elif isinstance(wanted, Mapping):
            _check(wanted)
        elif isinstance(wanted, list) and wanted:
            for rule in wanted:
                _check_rule(key, rule)
        else:
            raise ValueError(f"Invalid filter pattern definition: {key} must be an object or a list with values")


def _check_rule(key: str, rule: Any) -> None:
    if not isinstance(rule, Mapping):
        return
    name = next(iter(rule), None)
    if len(rule) != 1 or name not in {*_TEXT, "exists", "anything-but", "numeric"}:
        raise ValueError(f"Invalid filter pattern definition: {key} has {dict(rule)}, which is not known here")
    if name == "numeric" and not all(symbol in _NUMERIC for symbol in rule[name][::2]):
        raise ValueError(f"Invalid filter pattern definition: {key} has {dict(rule)}")
    if name == "anything-but" and isinstance(rule[name], Mapping):
        _check_rule(key, rule[name])
