"""The settings of an event source mapping: checked when they are set, read at each turn of its poller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import sqs_backends

from localcloud.event_patterns import InvalidPatternError, parse_pattern
from localcloud.lambdahost.destinations import check_destination
from localcloud.lambdahost.errors import invalid_parameter, not_implemented

_WINDOW_LIMIT_SECONDS = 300
_SQS_BATCH_WITHOUT_WINDOW = 10
_NOT_IMPLEMENTED = (
    "TumblingWindowInSeconds",
    "Topics",
    "Queues",
    "SourceAccessConfigurations",
    "SelfManagedEventSource",
    "AmazonManagedKafkaEventSourceConfig",
    "SelfManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "ProvisionedPollerConfig",
)
_STREAM_ONLY = (
    "StartingPosition",
    "StartingPositionTimestamp",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "DestinationConfig",
)


@dataclass(frozen=True)
class MappingSettings:
    """One mapping as its poller needs it. As in Lambda, -1 means no limit of retries or age."""

    function_arn: str
    source_arn: str
    enabled: bool
    batch_size: int
    window_seconds: int
    filters: tuple[Mapping[str, Any], ...]
    report_failures: bool
    maximum_concurrency: int | None
    bisect: bool
    maximum_retry_attempts: int
    maximum_record_age_seconds: int
    on_failure: str | None


def settings_of(mapping: Any) -> MappingSettings:
    """Read moto's EventSourceMapping."""
    return MappingSettings(
        function_arn=mapping.function_arn,
        source_arn=mapping.event_source_arn,
        enabled=bool(mapping.enabled),
        batch_size=int(mapping.batch_size),
        window_seconds=int(mapping.max_batch_window or 0),
        filters=_filters(mapping.filter_criteria),
        report_failures="ReportBatchItemFailures" in (mapping.function_response_types or []),
        maximum_concurrency=(mapping.scaling_config or {}).get("MaximumConcurrency"),
        bisect=bool(mapping.bisect_on_error),
        maximum_retry_attempts=-1 if mapping.max_retry_attempts is None else int(mapping.max_retry_attempts),
        maximum_record_age_seconds=-1 if mapping.max_record_age is None else int(mapping.max_record_age),
        on_failure=((mapping.destination_config or {}).get("OnFailure") or {}).get("Destination"),
    )


def check_mapping(spec: Mapping[str, Any], source_arn: str, function: Any) -> None:
    """Check CreateEventSourceMapping or UpdateEventSourceMapping. Raises LambdaError, NotImplementedError."""
    for name in _NOT_IMPLEMENTED:
        if spec.get(name):
            raise not_implemented(f"event source mapping {name}")
    if (spec.get("MaximumBatchingWindowInSeconds") or 0) > _WINDOW_LIMIT_SECONDS:
        raise invalid_parameter(f"MaximumBatchingWindowInSeconds is at most {_WINDOW_LIMIT_SECONDS}.")
    service = source_arn.split(":")[2]
    if service == "sqs":
        _check_queue(spec, source_arn, function)
    elif service == "dynamodb":
        _check_stream(spec)
    else:
        raise not_implemented(f"event source {source_arn}")


def _filters(criteria: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...]:
    try:
        return tuple(parse_pattern(each.get("Pattern") or "{}") for each in (criteria or {}).get("Filters") or [])
    except InvalidPatternError as wrong:
        raise invalid_parameter(f"Invalid filter pattern definition: {wrong}") from wrong


def _check_queue(spec: Mapping[str, Any], source_arn: str, function: Any) -> None:
    if source_arn.endswith(".fifo"):
        raise not_implemented(f"FIFO queues as event source ({source_arn})")
    for name in _STREAM_ONLY:
        if spec.get(name):
            raise invalid_parameter(f"{name} is not supported for the event source {source_arn}.")
    for name in ("FilterCriteria", "MaximumBatchingWindowInSeconds"):
        if spec.get(name):
            raise not_implemented(f"{name} for a queue")
    if (spec.get("BatchSize") or 0) > _SQS_BATCH_WITHOUT_WINDOW:
        raise invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
    _, _, _, region, account_id, name = source_arn.split(":")
    queue = sqs_backends[account_id][region].queues.get(name)
    if queue is not None and int(queue.visibility_timeout) < int(function.timeout):
        raise invalid_parameter(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than "
            f"Function timeout: {function.timeout} seconds"
        )


def _check_stream(spec: Mapping[str, Any]) -> None:
    _filters(spec.get("FilterCriteria"))
    if spec.get("ScalingConfig"):
        raise invalid_parameter("ScalingConfig is not supported for a stream.")
    if (spec.get("ParallelizationFactor") or 1) != 1:
        raise not_implemented("event source mapping ParallelizationFactor above 1")
    if spec.get("StartingPosition") == "AT_TIMESTAMP":
        raise invalid_parameter("AT_TIMESTAMP is not supported for DynamoDB streams.")
    if destination := ((spec.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"):
        check_destination(destination)
