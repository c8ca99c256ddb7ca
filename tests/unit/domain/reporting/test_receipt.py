"""The receipt next to every result."""

from __future__ import annotations

import json
from datetime import timedelta

from msgspec import to_builtins

from tests.unit.domain.reporting.records import TOO_LONG, complete
from tests.unit.domain.samples import NOON, TABLES, record
from vcp.domain.planning import price
from vcp.domain.reporting import plan_text
from vcp.domain.reporting.receipt import receipt, stage_seconds
from vcp.domain.video.states import State


def test_a_receipt_holds_contract_plan_measurements_and_cost() -> None:
    done = complete()
    assert done.plan is not None
    assert done.source_facts is not None
    cost = price.estimate(done.plan, done.source_facts, TABLES, 151_234_567)
    document = json.loads(json.dumps(receipt(done, cost)))
    parts = json.loads(json.dumps(to_builtins(done)))
    assert document == {
        "schema": 1,
        "videoId": done.video_id,
        "attempt": 1,
        "state": "completed",
        **{name: parts[name] for name in ("source", "stored", "contract", "plan", "job", "verdict", "result")},
        "sourceFacts": parts["source_facts"],
        "reasons": [{"what": what, "value": value, "why": why} for what, value, why in plan_text.reasons(done)],
        "losses": plan_text.losses(done),
        "checksums": {
            "driveMd5": "0123456789abcdef0123456789abcdef",
            "sourceMd5": "m",
            "sourceMd5MatchesDrive": True,
            "sourceCrc64nvme": "c",
            "resultCrc64nvme": "d",
        },
        "bytes": {
            "limit": 75_000_000,
            "original": 151_234_567,
            "compressed": 60_000_000,
            "ratio": 2.521,
            "plannedMaximum": done.plan.planned_max_bytes,
        },
        "times": {
            "queued": "2026-03-02T12:00:00+00:00",
            "transferring": "2026-03-02T12:00:01+00:00",
            "transcoding": "2026-03-02T12:01:01+00:00",
            "verifying": "2026-03-02T12:04:50.123456+00:00",
            "completed": "2026-03-02T12:05:00.500000+00:00",
        },
        "stageSeconds": {"queued": 1.0, "transferring": 60.0, "transcoding": 229.123, "verifying": 10.377},
        "cost": {"estimatedUsd": 0.05, "computedUsd": 0.04, "detail": json.loads(json.dumps(to_builtins(cost)))},
    }


def test_unknown_parts_are_null() -> None:
    document = json.loads(json.dumps(receipt(record(State.REJECTED, problem=TOO_LONG))))
    unknown = ("stored", "sourceFacts", "plan", "job", "verdict", "result")
    assert [document[name] for name in unknown] == [None] * len(unknown)
    assert (document["reasons"], document["losses"]) == ([], [])
    assert document["cost"] == {"estimatedUsd": None, "computedUsd": None, "detail": None}
    known = {"driveMd5": "0123456789abcdef0123456789abcdef"}
    assert {name: value for name, value in document["checksums"].items() if value is not None} == known
    sizes = {name: value for name, value in document["bytes"].items() if value is not None}
    assert sizes == {"limit": 75_000_000, "original": 150_000_000}


def test_stages_are_ordered_by_time() -> None:
    times = {"transferring": NOON + timedelta(seconds=5), "queued": NOON}
    assert stage_seconds(record(times=times)) == {"queued": 5.0}
    assert list(receipt(record(times=times))["times"]) == ["queued", "transferring"]
