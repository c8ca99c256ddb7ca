"""Event patterns match as EventBridge's User Guide documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.event_patterns import InvalidPatternError, matches, parse_pattern

EVENT = {
    "version": "0",
    "source": "aws.mediaconvert",
    "detail-type": "MediaConvert Job State Change",
    "resources": ["arn:aws:mediaconvert:eu-west-3:1:jobs/1", "arn:other"],
    "detail": {
        "status": "COMPLETE",
        "percent": 99.5,
        "retries": 0,
        "final": True,
        "nothing": None,
        "empty": [],
        "userMetadata": {"Stack": "Dev"},
        "outputs": [{"height": 720, "codec": "H264"}, {"height": 1080, "codec": "AAC"}],
    },
}


def detail(**fields: Any) -> dict[str, Any]:
    return {"detail": fields}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.mediaconvert"]}, True),
        ({"source": ["aws.s3", "aws.mediaconvert"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.mediaconvert"], "detail-type": ["other"]}, False),
        ({"resources": ["arn:other"]}, True),
        (detail(userMetadata={"Stack": ["Dev"]}), True),
        (detail(userMetadata={"Stack": ["dev"]}), False),
        (detail(userMetadata={"Project": ["x"]}), False),
        (detail(outputs={"height": [1080]}), True),
        (detail(outputs={"height": [480]}), False),
        (detail(retries=[0]), True),
        (detail(retries=[False]), False),
        (detail(final=[True]), True),
        (detail(final=[1]), False),
        (detail(nothing=[None]), True),
        (detail(status=[None]), False),
        (detail(absent=[None]), False),
        (detail(status=[{"prefix": "COMP"}]), True),
        (detail(status=[{"prefix": "comp"}]), False),
        (detail(retries=[{"prefix": "0"}]), False),
        (detail(status=[{"anything-but": "ERROR"}]), True),
        (detail(status=[{"anything-but": ["ERROR", "COMPLETE"]}]), False),
        (detail(absent=[{"anything-but": "x"}]), False),
        (detail(percent=[99.5]), True),
        (detail(status=[{"exists": True}]), True),
        (detail(status=[{"exists": False}]), False),
        (detail(absent=[{"exists": False}]), True),
        (detail(absent={"deeper": [{"exists": False}]}), True),
        (detail(empty=[{"exists": True}]), True),
        (detail(userMetadata=[{"exists": True}]), False),
    ],
)
def test_pattern_matches_as_documented(pattern: dict[str, Any], expected: bool) -> None:
    assert matches(parse_pattern(json.dumps(pattern)), EVENT) is expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[]", "not an object"),
        ("{}", "not an object"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays"),
        ('{"detail": {}}', "Empty objects"),
        ('{"source": [["aws.s3"]]}', "Match value must be"),
        ('{"source": [{"prefixes": "a"}]}', "Unrecognized match type prefixes"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key"),
        ('{"n": [{"exists": "yes"}]}', "true or false"),
    ],
)
def test_rejects_an_invalid_pattern(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPatternError, match=reason):
        parse_pattern(pattern)


@pytest.mark.parametrize(
    "value",
    [
        {"suffix": ".mp4"},
        {"equals-ignore-case": "a"},
        {"wildcard": "a*"},
        {"numeric": [">", 1]},
        {"cidr": "10.0.0.0/8"},
        {"prefix": {"equals-ignore-case": "a"}},
        {"anything-but": {"prefix": "a"}},
    ],
    ids=str,
)
def test_names_an_operator_that_is_not_implemented(value: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError, match=next(iter(value))):
        parse_pattern(json.dumps({"detail": {"name": [value]}}))


def test_names_the_or_operator_as_not_implemented() -> None:
    with pytest.raises(NotImplementedError, match=r"\$or"):
        parse_pattern('{"$or": [{"a": [1]}, {"b": [1]}]}')
