"""The receipt stored next to every result: contract, plan, measurements, checksums, times and cost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from msgspec import to_builtins

from vcp.domain.planning.price import Cost
from vcp.domain.reporting import plan_text
from vcp.domain.video.record import VideoRecord

SCHEMA = 1


def receipt(record: VideoRecord, cost: Cost | None = None) -> dict[str, Any]:
    """Return a JSON document: sizes in bytes, times in UTC, stages in seconds.

    Args:
        record: of a delivered video; what it lacks is null in the receipt.
        cost: the estimate with its lines.
    """
    parts = to_builtins(record)
    return {
        "schema": SCHEMA,
        "videoId": record.video_id,
        "attempt": record.attempt,
        "state": parts["state"],
        "source": parts["source"],
        "stored": parts["stored"],
        "sourceFacts": parts["source_facts"],
        "contract": parts["contract"],
        "plan": parts["plan"],
        "reasons": [reason._asdict() for reason in plan_text.reasons(record)],
        "losses": plan_text.losses(record),
        "job": parts["job"],
        "verdict": parts["verdict"],
        "result": parts["result"],
        "checksums": _checksums(record),
        "bytes": _bytes(record),
        "times": {stage: at.isoformat() for stage, at in _in_order(record)},
        "stageSeconds": stage_seconds(record),
        "cost": {
            "estimatedUsd": record.cost_estimate_usd,
            "computedUsd": record.cost_usd,
            "detail": to_builtins(cost),
        },
    }


def stage_seconds(record: VideoRecord) -> dict[str, float]:
    """Map each stage but the last to the seconds until the next one."""
    return {stage: round((after - at).total_seconds(), 3) for (stage, at), (_, after) in pairwise(_in_order(record))}


def _in_order(record: VideoRecord) -> list[tuple[str, Any]]:
    return sorted(record.times.items(), key=lambda item: item[1])


def _checksums(record: VideoRecord) -> dict[str, str | bool | None]:
    stored, result = record.stored, record.result
    return {
        "driveMd5": record.source.md5,
        "sourceMd5": stored.md5 if stored else None,
        "sourceMd5MatchesDrive": stored.md5_matches_drive if stored else None,
        "sourceCrc64nvme": stored.crc64nvme if stored else None,
        "resultCrc64nvme": result.crc64nvme if result else None,
    }


def _bytes(record: VideoRecord) -> dict[str, int | float | None]:
    original = record.source.size_bytes
    compressed = record.result.size_bytes if record.result else None
    return {
        "limit": record.contract.limit_bytes,
        "original": original,
        "compressed": compressed,
        "ratio": round(original / compressed, 3) if original and compressed else None,
        "plannedMaximum": record.plan.planned_max_bytes if record.plan else None,
    }
