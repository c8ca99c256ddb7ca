"""Values against the shapes of a service model: every rule, at its boundaries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import Shape, ShapeResolver

from localcloud.service_model import Checker, Problem, Rule, bounds, matches, service_model

SHAPES: dict[str, Any] = {
    "Film": {
        "type": "structure",
        "required": ["Name"],
        "members": {
            "Name": {"shape": "Name", "locationName": "name"},
            "Kind": {"shape": "Kind"},
            "Minutes": {"shape": "Minutes"},
            "Grain": {"shape": "__doubleMinNegative2Max1"},
            "Tracks": {"shape": "Tracks"},
            "Tags": {"shape": "Tags"},
            "Cover": {"shape": "Cover"},
            "Shot": {"shape": "Shot"},
            "Source": {"shape": "Source"},
            "Free": {"shape": "Free"},
            "Secret": {"shape": "Secret"},
            "Restored": {"shape": "Flag"},
        },
    },
    "Name": {"type": "string", "min": 2, "max": 5, "pattern": "[a-z]+"},
    "Kind": {"type": "string", "enum": ["SHORT", "LONG"]},
    "Minutes": {"type": "integer", "min": 1, "max": 900},
    "__doubleMinNegative2Max1": {"type": "double"},
    "Tracks": {"type": "list", "member": {"shape": "Name"}, "min": 1, "max": 2},
    "Tags": {"type": "map", "key": {"shape": "Kind"}, "value": {"shape": "Name"}, "max": 1},
    "Cover": {"type": "blob", "max": 3},
    "Shot": {"type": "timestamp"},
    "Source": {"type": "structure", "union": True, "members": {"Drive": {"shape": "Name"}, "Disc": {"shape": "Name"}}},
    "Free": {"type": "structure", "document": True, "members": {}},
    "Secret": {"type": "string", "min": 4, "sensitive": True},
    "Flag": {"type": "boolean"},
}
FILM: Shape = ShapeResolver(SHAPES).get_shape_by_name("Film")


def problems(film: Any, *, wire: bool = False) -> list[Problem]:
    checker = Checker(wire=wire)
    checker.check(FILM, film)
    return checker.problems


@pytest.mark.parametrize(
    "member",
    [
        {"Name": "ab"},
        {"Name": "abcde"},
        {"Kind": "SHORT"},
        {"Minutes": 1},
        {"Minutes": 900},
        {"Grain": -2.0},
        {"Grain": 1},
        {"Tracks": ["ab", "cd"]},
        {"Tags": {"LONG": "ab"}},
        {"Cover": b"abc"},
        {"Shot": datetime(2026, 1, 1, tzinfo=UTC)},
        {"Source": {"Drive": "ab"}},
        {"Free": {"anything": [1, None]}},
        {"Secret": "1234"},
        {"Restored": False},
        {"Kind": None},
    ],
)
def test_accepts_valid_values(member: dict[str, Any]) -> None:
    assert problems({"Name": "film", **member}) == []


@pytest.mark.parametrize(
    ("member", "path", "rule", "bound"),
    [
        ({"Name": None}, "Name", Rule.REQUIRED, None),
        ({"Name": "a"}, "Name", Rule.SHORTEST, 2),
        ({"Name": "abcdef"}, "Name", Rule.LONGEST, 5),
        ({"Name": "aBc"}, "Name", Rule.PATTERN, "[a-z]+"),
        ({"Name": 12}, "Name", Rule.TYPE, "string"),
        ({"Kind": "MIDDLING"}, "Kind", Rule.ENUM, ("SHORT", "LONG")),
        ({"Minutes": 0}, "Minutes", Rule.LEAST, 1),
        ({"Minutes": 901}, "Minutes", Rule.MOST, 900),
        ({"Minutes": True}, "Minutes", Rule.TYPE, "integer"),
        ({"Minutes": 1.5}, "Minutes", Rule.TYPE, "integer"),
        ({"Grain": -2.1}, "Grain", Rule.LEAST, -2),
        ({"Grain": 1.1}, "Grain", Rule.MOST, 1),
        ({"Grain": float("nan")}, "Grain", Rule.LEAST, -2),
        ({"Tracks": []}, "Tracks", Rule.FEWEST, 1),
        ({"Tracks": ["ab", "ab", "ab"]}, "Tracks", Rule.MOST_ITEMS, 2),
        ({"Tracks": ["ab", "A1"]}, "Tracks.1", Rule.PATTERN, "[a-z]+"),
        ({"Tracks": "ab"}, "Tracks", Rule.TYPE, "array"),
        ({"Tags": {"LONG": "ab", "SHORT": "ab"}}, "Tags", Rule.MOST_ITEMS, 1),
        ({"Tags": {"WIDE": "ab"}}, "Tags.WIDE", Rule.ENUM, ("SHORT", "LONG")),
        ({"Tags": {"LONG": "a"}}, "Tags.LONG", Rule.SHORTEST, 2),
        ({"Tags": []}, "Tags", Rule.TYPE, "object"),
        ({"Cover": b"abcd"}, "Cover", Rule.LONGEST, 3),
        ({"Source": {}}, "Source", Rule.ONE_OF, ("Drive", "Disc")),
        ({"Source": {"Drive": "ab", "Disc": "cd"}}, "Source", Rule.ONE_OF, ("Drive", "Disc")),
        ({"Restored": "yes"}, "Restored", Rule.TYPE, "boolean"),
        ({"Lenght": 3}, "Lenght", Rule.UNKNOWN, None),
    ],
)
def test_reports_the_rule_and_path_of_a_problem(member: dict[str, Any], path: str, rule: Rule, bound: object) -> None:
    (problem,) = problems({"Name": "film", **member})
    assert (".".join(problem.path), problem.rule, problem.bound) == (path, rule, bound)


def test_reports_all_problems() -> None:
    assert len(problems({"Kind": "MIDDLING", "Minutes": 0})) == 3  # with the missing name


def test_checks_a_body_by_the_names_of_the_wire() -> None:
    assert problems({"name": "film"}, wire=True) == []
    (unknown, missing) = problems({"Name": "film"}, wire=True)
    assert (unknown.rule, missing.rule, missing.path) == (Rule.UNKNOWN, Rule.REQUIRED, ("name",))


def test_marks_a_secret() -> None:
    (problem,) = problems({"Name": "film", "Secret": "abc"})
    assert problem.secret


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("[a-z]+", "ab", True),
        ("[a-z]+", "ab-", False),  # a pattern without anchors applies to the whole text
        ("^s3://", "s3://bucket/key", True),
        ("^s3://", "https://bucket", False),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 日本", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "50 %", False),
        (r"[\w-_]*", "a-b_c", True),
    ],
)
def test_matches_patterns_as_the_services_do(pattern: str, value: str, fits: bool) -> None:
    assert matches(pattern, value) is fits


def test_rejects_a_pattern_that_cannot_be_compiled() -> None:
    with pytest.raises(NotImplementedError, match="of a service model"):
        matches(r"[\uD800\uDC00-\uDBFF\uDFFF]*", "x")


def test_reads_ranges_of_doubles_from_shape_names() -> None:
    assert bounds(service_model("mediaconvert").shape_for("__doubleMin0Max1")) == (0.0, 1.0)
    assert bounds(service_model("mediaconvert").shape_for("__double")) == (None, None)
