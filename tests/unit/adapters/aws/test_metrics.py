"""Metrics in CloudWatch's embedded metric format."""

from __future__ import annotations

import json

import pytest

from vcp.adapters.aws.metrics import EmfMetrics
from vcp.wire.metrics import NAMESPACE


def test_writes_a_line_in_embedded_metric_format(capsys: pytest.CaptureFixture[str]) -> None:
    EmfMetrics({"Stack": "dev"}).count("BytesTransferred", 12.5, "Bytes", State="completed")

    line = json.loads(capsys.readouterr().out)
    described = line["_aws"]["CloudWatchMetrics"][0]
    assert described["Namespace"] == NAMESPACE
    assert described["Metrics"][0]["Name"] == "BytesTransferred"
    assert described["Metrics"][0]["Unit"] == "Bytes"
    assert sorted(described["Dimensions"][0]) == ["Stack", "State"]
    assert (line["Stack"], line["State"], line["BytesTransferred"]) == ("dev", "completed", [12.5])


def test_rejects_an_unknown_unit() -> None:
    with pytest.raises(ValueError, match="Parsecs"):
        EmfMetrics({}).count("Distance", 1, "Parsecs")
