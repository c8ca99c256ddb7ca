"""Event patterns match as EventBridge's User Guide says they do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.eventbus.patterns import InvalidPattern, matches, parse_pattern

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
        "ip": "10.0.1.7",
        "path": "dir/film*.mp4",
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
        (detail(status=[{"prefix": {"equals-ignore-case": "comp"}}]), True),
        (detail(status=[{"suffix": "ETE"}]), True),
        (detail(status=[{"equals-ignore-case": "complete"}]), True),
        (detail(path=[{"wildcard": "dir/*.mp4"}]), True),
        (detail(path=[{"wildcard": "dir/film\\*.mp4"}]), True),
        (detail(path=[{"wildcard": "dir/fil\\*.mp4"}]), False),
        (detail(status=[{"anything-but": "ERROR"}]), True),
        (detail(status=[{"anything-but": ["ERROR", "COMPLETE"]}]), False),
        (detail(status=[{"anything-but": {"prefix": "ERR"}}]), True),
        (detail(status=[{"anything-but": {"suffix": ["ETE", "x"]}}]), False),
        (detail(absent=[{"anything-but": "x"}]), False),
        (detail(percent=[{"numeric": [">", 99, "<=", 99.5]}]), True),
        (detail(percent=[{"numeric": ["=", 99]}]), False),
        (detail(status=[{"numeric": [">", 0]}]), False),
        (detail(ip=[{"cidr": "10.0.0.0/16"}]), True),
        (detail(ip=[{"cidr": "10.1.0.0/16"}]), False),
        (detail(status=[{"cidr": "10.0.0.0/16"}]), False),
        (detail(status=[{"exists": True}]), True),
        (detail(status=[{"exists": False}]), False),
        (detail(absent=[{"exists": False}]), True),
        (detail(absent={"deeper": [{"exists": False}]}), True),
        (detail(empty=[{"exists": True}]), True),
        (detail(userMetadata=[{"exists": True}]), False),
        ({"$or": [{"source": ["x"]}, {"detail": {"status": ["COMPLETE"]}}]}, True),
        ({"$or": [{"source": ["x"]}, {"source": ["y"]}]}, False),
        (detail(**{"$or": [{"status": ["COMPLETE"]}, {"retries": [9]}]}, final=[False]), False),
    ],
)
def test_matches(pattern: dict[str, Any], expected: bool) -> None:
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
        ('{"source": [{"prefix": {"wildcard": "a"}}]}', "prefix cannot hold wildcard"),
        ('{"source": [{"anything-but": {"numeric": [">", 1]}}]}', "anything-but cannot hold numeric"),
        ('{"n": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator"),
        ('{"n": [{"numeric": [">"]}]}', "array of operators and numbers"),
        ('{"n": [{"numeric": [">", "1"]}]}', "must be numeric"),
        ('{"n": [{"exists": "yes"}]}', "true or false"),
        ('{"$or": [{"a": [1]}]}', "at least two"),
    ],
)
def test_refuses(pattern: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=reason):
        parse_pattern(pattern)
