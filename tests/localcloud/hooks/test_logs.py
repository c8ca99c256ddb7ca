"""CloudWatch Logs: unsupported filter patterns are rejected."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.process import RunningCloud


@pytest.fixture
def group(cloud: RunningCloud) -> tuple[Any, str]:
    logs, name = cloud.client("logs"), f"/hooks/{uuid.uuid4()}"
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    now = int(time.time() * 1000)
    lines = ['{"level": "ERROR", "video": "a"}', '{"level": "INFO", "video": "b"}']
    logs.put_log_events(
        logGroupName=name, logStreamName="one", logEvents=[{"timestamp": now, "message": line} for line in lines]
    )
    return logs, name


def test_filters_by_terms_and_phrases(group: tuple[Any, str]) -> None:
    logs, name = group
    found = logs.filter_log_events(logGroupName=name, filterPattern='"ERROR"')["events"]
    assert [event["message"] for event in found] == ['{"level": "ERROR", "video": "a"}']


@pytest.mark.parametrize("pattern", ['{ $.level = "ERROR" }', "[level, video]", "%ERR.*%", "-INFO", "?ERROR ?WARN"])
def test_rejects_other_patterns(group: tuple[Any, str], pattern: str) -> None:
    logs, name = group
    with pytest.raises(ClientError, match="does not filter by the pattern"):
        logs.filter_log_events(logGroupName=name, filterPattern=pattern)
