"""Filter patterns, case by case."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.lambdahost.mappings.filters import matches, parse_filters, passes

RECORD = {
    "name": "Trailer.mov",
    "size": 12,
    "ready": True,
    "nothing": None,
    "empty": "",
    "tags": ["hd", "dub"],
    "job": {"state": "failed"},
    "tracks": [{"lang": "de"}, {"lang": "en"}],
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({}, True),
        ({"name": ["Trailer.mov"]}, True),
        ({"name": ["other", "Trailer.mov"]}, True),
        ({"name": ["trailer.mov"]}, False),
        ({"name": [{"equals-ignore-case": "TRAILER.MOV"}]}, True),
        ({"name": [{"prefix": "Tr"}]}, True),
        ({"name": [{"prefix": "tr"}]}, False),
        ({"name": [{"suffix": ".mov"}]}, True),
        ({"size": [12]}, True),
        ({"size": ["12"]}, False),
        ({"size": [{"numeric": ["=", 12]}]}, True),
        ({"size": [{"numeric": [">", 10, "<=", 12]}]}, True),
        ({"size": [{"numeric": [">", 10, "<", 12]}]}, False),
        ({"name": [{"numeric": [">", 0]}]}, False),
        ({"ready": [True]}, True),
        ({"ready": [1]}, False),
        ({"nothing": [None]}, True),
        ({"absent": [None]}, False),
        ({"empty": [""]}, True),
        ({"absent": [{"exists": False}]}, True),
        ({"name": [{"exists": False}]}, False),
        ({"name": [{"exists": True}]}, True),
        ({"name": [{"anything-but": ["other"]}]}, True),
        ({"name": [{"anything-but": "Trailer.mov"}]}, False),
        ({"name": [{"anything-but": {"prefix": "Tr"}}]}, False),
        ({"absent": [{"anything-but": ["other"]}]}, False),
        ({"tags": ["dub"]}, True),
        ({"tags": ["sd"]}, False),
        ({"job": {"state": ["failed"]}}, True),
        ({"job": {"state": ["done"]}}, False),
        ({"job": {"state": ["failed"], "code": [1]}}, False),
        ({"tracks": {"lang": ["en"]}}, True),
        ({"name": {"deeper": ["x"]}}, False),
        ({"$or": [{"size": [1]}, {"ready": [True]}]}, True),
        ({"$or": [{"size": [1]}, {"ready": [False]}], "name": ["Trailer.mov"]}, False),
    ],
)
def test_a_pattern_matches_as_documented(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(pattern, RECORD) is expected


def test_one_of_several_filters_is_enough_and_none_lets_everything_pass() -> None:
    filters = parse_filters({"Filters": [{"Pattern": '{"size": [1]}'}, {"Pattern": '{"size": [12]}'}]})

    assert passes(filters, RECORD)
    assert not passes(filters[:1], RECORD)
    assert passes(parse_filters(None), RECORD)


@pytest.mark.parametrize(
    "pattern",
    ["{", "[]", '{"a": "b"}', '{"a": []}', '{"a": [{"cidr": "10.0.0.0/8"}]}', '{"a": [{"numeric": ["~", 1]}]}'],
)
def test_a_pattern_that_is_not_known_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="Invalid filter pattern definition"):
        parse_filters({"Filters": [{"Pattern": pattern}]})


def test_numbers_are_compared_as_numbers_in_json() -> None:
    (pattern,) = parse_filters({"Filters": [{"Pattern": json.dumps({"size": [12.0]})}]})

    assert matches(pattern, RECORD)
