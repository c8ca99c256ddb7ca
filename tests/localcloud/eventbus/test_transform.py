"""What a target receives of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.eventbus.transform import InvalidInput, check_input, target_input

RULE = "arn:aws:events:eu-west-3:123456789012:rule/jobs"
INGESTED = "2026-11-22T10:00:01Z"
EVENT = {
    "id": "1",
    "source": "aws.mediaconvert",
    "resources": ["arn:job"],
    "detail": {"status": "COMPLETE", "note": 'say "hi"', "sizes": [1, 2], "userMetadata": {"VideoId": "v1"}},
}


def received(**target: Any) -> str:
    return target_input({"Id": "1", **target}, EVENT, RULE, INGESTED)


def test_the_event_itself_when_nothing_is_said() -> None:
    assert json.loads(received()) == EVENT


def test_a_constant_as_it_is_written() -> None:
    assert received(Input='{"a":  1}') == '{"a":  1}'


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail.userMetadata.VideoId", "v1"),
        ("$.detail['status']", "COMPLETE"),
        ("$.detail.sizes[1]", 2),
        ("$.resources", ["arn:job"]),
    ],
)
def test_a_part_of_the_event(path: str, value: Any) -> None:
    assert json.loads(received(InputPath=path)) == value


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"id": <video>, "all": <detail>}', {"id": "v1", "all": EVENT["detail"]}),
        ('{"text": "video <video> is <status>"}', {"text": "video v1 is COMPLETE"}),
        ('"<note>"', 'say "hi"'),
        ("<note>", 'say "hi"'),
        ('{"list": <sizes>, "text": "<sizes>"}', {"list": [1, 2], "text": "[1, 2]"}),
        ('{"a": "<missing>"}', {"a": ""}),
        ('{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}', {"rule": "jobs", "arn": RULE}),
        ('{"at": <aws.events.event.ingestion-time>}', {"at": INGESTED}),
        ('{"event": <aws.events.event.json>}', {"event": EVENT}),
        ('{"event": <aws.events.event>}', {"event": {k: v for k, v in EVENT.items() if k != "detail"}}),
    ],
)
def test_a_template(template: str, expected: Any) -> None:
    paths = {
        "video": "$.detail.userMetadata.VideoId",
        "status": "$.detail.status",
        "detail": "$.detail",
        "note": "$.detail.note",
        "sizes": "$.detail.sizes",
        "missing": "$.detail.nowhere[3]",
    }
    target = {"Id": "1", "InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    check_input(target)

    assert json.loads(target_input(target, EVENT, RULE, INGESTED)) == expected


def test_a_variable_that_is_missing_outside_of_quotes_makes_no_input() -> None:
    transformer = {"InputPathsMap": {"x": "$.detail.nowhere"}, "InputTemplate": '{"a": <x>}'}

    with pytest.raises(InvalidInput, match="variable x is not in the event"):
        received(InputTransformer=transformer)


def test_a_path_that_is_missing_makes_no_input() -> None:
    with pytest.raises(InvalidInput, match=r"\$\.detail\.nowhere is not in the event"):
        received(InputPath="$.detail.nowhere")


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ({"Input": "{}", "InputPath": "$"}, "Only one of"),
        ({"Input": "{"}, "JSON syntax error"),
        ({"InputPath": "detail"}, "Invalid JSON path"),
        ({"InputTransformer": {"InputPathsMap": {"aws.x": "$"}, "InputTemplate": "1"}}, "starts with AWS"),
        ({"InputTransformer": {"InputTemplate": '"<nobody>"'}}, "<nobody> is not defined"),
    ],
)
def test_refuses(target: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        check_input({"Id": "1", **target})


def test_refuses_by_name_a_path_that_is_not_evaluated() -> None:
    with pytest.raises(NotImplementedError, match=r"\$\.detail\.\*"):
        check_input({"Id": "1", "InputPath": "$.detail.*"})
