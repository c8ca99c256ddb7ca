"""The lines that the platform itself writes into a function's log: START, END, REPORT, as text or as JSON.

Source: "CloudWatch Logs for Lambda" and "Lambda telemetry API schema" in the developer guide.
"""

from __future__ import annotations

import json
import math
from typing import Any

from localcloud.lambdahost.invocation import FunctionSpec, Run, iso_now


def start_line(spec: FunctionSpec, request_id: str) -> str:
    """The line before the first one of the handler."""
    if spec.log_format == "JSON":
        return _event("platform.start", {"requestId": request_id, "version": spec.version})
    return f"START RequestId: {request_id} Version: {spec.version}"


def end_lines(spec: FunctionSpec, request_id: str, run: Run) -> list[str]:
    """The lines after the last one of the handler. Times in milliseconds, memory in MB, as Lambda bills:
    rounded up, init included (functions from images)."""
    billed_ms = math.ceil(run.duration_ms + (run.init_ms or 0.0))
    used_mb = math.ceil(run.max_rss_kb / 1024)
    if spec.log_format == "JSON":
        metrics: dict[str, Any] = {
            "durationMs": round(run.duration_ms, 3),
            "billedDurationMs": billed_ms,
            "memorySizeMB": spec.memory_mb,
            "maxMemoryUsedMB": used_mb,
        }
        if run.init_ms is not None:
            metrics["initDurationMs"] = round(run.init_ms, 3)
        record: dict[str, Any] = {"requestId": request_id, "metrics": metrics, "status": _status(run)}
        if run.error_type is not None:
            record["errorType"] = run.error_type
        return [_event("platform.report", record)]
    report = (
        f"REPORT RequestId: {request_id}\tDuration: {run.duration_ms:.2f} ms\t"
        f"Billed Duration: {billed_ms} ms\tMemory Size: {spec.memory_mb} MB\tMax Memory Used: {used_mb} MB\t"
    )
    if run.init_ms is not None:
        report += f"Init Duration: {run.init_ms:.2f} ms\t"
    if run.outcome in ("timeout", "exit", "init-error"):
        report += f"Status: {_status(run)}\tError Type: {run.error_type}\t"
    return [f"END RequestId: {request_id}", report]


def _status(run: Run) -> str:
    if run.outcome == "ok":
        return "success"
    return "timeout" if run.outcome == "timeout" else "error"


def _event(kind: str, record: dict[str, Any]) -> str:
    return json.dumps({"time": iso_now(), "type": kind, "record": record})
