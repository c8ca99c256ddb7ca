"""filterByFormula: a parsed part of Airtable's formula language.

Known: {Field} and Field, strings, numbers, TRUE() FALSE() BLANK() RECORD_ID(), AND OR NOT, = != < <= > >= and
parentheses. Everything else is refused by name with 422 INVALID_FILTER_BY_FORMULA.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from localcloud.airtable.errors import AirtableError, invalid_formula
from localcloud.airtable.model import Record, Table

_TOKEN = re.compile(
    r"""\s*(?:(?P<field>\{(?:\\.|[^}\\])*\})|(?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
    r"""|(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|!=|[=<>(),]|[-+*/&]))"""
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_INCOMPARABLE = frozenset({"date", "dateTime", "multipleAttachments"})
Evaluate = Callable[[Record], Any]


def _malformed() -> AirtableError:
    return invalid_formula("Invalid formula. Please check your formula text.")


def _refused(what: str) -> AirtableError:
    return invalid_formula(f"the local Airtable does not implement {what}")


def _unexpected(kind: str, text: str) -> AirtableError:
    return _refused(f"the operator {text}") if kind == "sign" and text in "-+*/&" else _malformed()


class Formula:
    """One formula over one table; `matches(record)` decides. Raises AirtableError while it is built."""

    def __init__(self, text: str, table: Table) -> None:
        self._table = table
        self._tokens = _tokenize(text)
        self._at = 0
        self._value = self._comparison()
        if self._at < len(self._tokens):
            raise _unexpected(*self._tokens[self._at])

    def matches(self, record: Record) -> bool:
        return _truth(self._value(record))

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._take() != ("sign", sign):
            raise _malformed()

    def _comparison(self) -> Evaluate:
        left = self._operand()
        kind, sign = self._peek()
        if kind != "sign" or sign not in ("=", "!=", *_COMPARE):
            return left
        self._at += 1
        right = self._operand()
        if sign == "=":
            return lambda record: _equal(left(record), right(record))
        if sign == "!=":
            return lambda record: not _equal(left(record), right(record))
        return lambda record: _ordered(_COMPARE[sign], left(record), right(record))

    def _operand(self) -> Evaluate:
        kind, token = self._take()
        if kind == "field":
            return self._field(re.sub(r"\\(.)", r"\1", token[1:-1]))
        if kind == "string":
            text = re.sub(r"\\(.)", _unescaped, token[1:-1])
            return lambda _: text
        if kind == "number" or (kind, token) == ("sign", "-"):
            return self._number(negative=kind == "sign", digits=token)
        if kind == "word":
            return self._function(token) if self._peek() == ("sign", "(") else self._field(token)
        if (kind, token) == ("sign", "("):
            inner = self._comparison()
            self._expect(")")
            return inner
        raise _malformed()

    def _number(self, *, negative: bool, digits: str) -> Evaluate:
        if negative:
            kind, digits = self._take()
            if kind != "number":
                raise _refused("the operator -")
        value = -float(digits) if negative else float(digits)
        return lambda _: value

    def _field(self, name: str) -> Evaluate:
        field = next((each for each in self._table.fields if each.name == name), None)
        if field is None:
            raise invalid_formula(f"Unknown field names: {name.lower()}")
        if field.type in _INCOMPARABLE:
            raise _refused(f"comparing the field {name} of type {field.type}")
        wanted = field.id
        return lambda record: record.cells.get(wanted)

    def _function(self, name: str) -> Evaluate:
        arguments = self._arguments()
        function = name.upper()
        if function in ("AND", "OR") and arguments:
            decide = all if function == "AND" else any
            return lambda record: decide(_truth(argument(record)) for argument in arguments)
        if function == "NOT" and len(arguments) == 1:
            return lambda record: not _truth(arguments[0](record))
        if function in ("TRUE", "FALSE") and not arguments:
            return lambda _: function == "TRUE"
        if function == "BLANK" and not arguments:
            return lambda _: None
        if function == "RECORD_ID" and not arguments:
            return lambda record: record.id
        if function in ("AND", "OR", "NOT", "TRUE", "FALSE", "BLANK", "RECORD_ID"):
            raise _malformed()
        raise _refused(f"the function {function}")

    def _arguments(self) -> list[Evaluate]:
        self._expect("(")
        arguments: list[Evaluate] = []
        if self._peek() == ("sign", ")"):
            self._at += 1
            return arguments
        while True:
            arguments.append(self._comparison())
            kind, sign = self._take()
            if (kind, sign) == ("sign", ")"):
                return arguments
            if (kind, sign) != ("sign", ","):
                raise _unexpected(kind, sign)


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r", "t": "\t"}.get(found.group(1), found.group(1))


def _tokenize(text: str) -> list[tuple[str, str]]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _malformed()
        kind = found.lastgroup or ""
        tokens.append((kind, found.group(kind)))
        at = found.end()
    if not tokens:
        raise _malformed()
    return tokens


def _truth(value: Any) -> bool:
    return bool(value)


def _equal(left: Any, right: Any) -> bool:
    """A blank cell equals '', 0, FALSE() and BLANK(); a ticked box equals TRUE() and 1; else types must agree."""
    if left is None or right is None:
        return not left and not right
    if isinstance(left, str) != isinstance(right, str):
        return False
    return bool(left == right)


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    left, right = (0 if left is None else left), (0 if right is None else right)
    if isinstance(left, str) or isinstance(right, str):
        return False
    return compare(left, right)
