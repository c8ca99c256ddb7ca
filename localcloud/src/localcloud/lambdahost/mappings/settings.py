"""The settings of an event source mapping: checked when it is made, read anew at each turn of its poller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sqs.models import sqs_backends

from localcloud.lambdahost.destinations import unsupported_destination
from localcloud.lambdahost.errors import LambdaError, invalid_parameter, not_implemented
from localcloud.lambdahost.mappings.filters import Pattern, parse_filters

_SQS_BATCH_WITHOUT_WINDOW = 10
_WINDOW_LIMIT_SECONDS = 300
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
    """One mapping as its poller needs it. `maximum_retry_attempts` and `maximum_record_age_seconds` are -1 for
    no limit, as in Lambda."""

    function_arn: str
    source_arn: str
    enabled: bool
    batch_size: int
    window_seconds: int
    filters: tuple[Pattern, ...]
    report_failures: bool
    maximum_concurrency: int | None
    bisect: bool
    maximum_retry_attempts: int
    maximum_record_age_seconds: int
    on_failure: str | None


def settings_of(mapping: Any) -> MappingSettings:
    """Read moto's EventSourceMapping."""
    destinations = mapping.destination_config or {}
    return MappingSettings(
        function_arn=mapping.function_arn,
        source_arn=mapping.event_source_arn,
        enabled=bool(mapping.enabled),
        batch_size=int(mapping.batch_size),
        window_seconds=int(mapping.max_batch_window or 0),
        filters=tuple(parse_filters(mapping.filter_criteria)),
        report_failures="ReportBatchItemFailures" in (mapping.function_response_types or []),
        maximum_concurrency=(mapping.scaling_config or {}).get("MaximumConcurrency"),
        bisect=bool(mapping.bisect_on_error),
        maximum_retry_attempts=-1 if mapping.max_retry_attempts is None else int(mapping.max_retry_attempts),
        maximum_record_age_seconds=-1 if mapping.max_record_age is None else int(mapping.max_record_age),
        on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
    )


def check_mapping(spec: Mapping[str, Any], source_arn: str, function: Any) -> None:
    """Check CreateEventSourceMapping or UpdateEventSourceMapping. Raises LambdaError."""
    for name in _NOT_IMPLEMENTED:
        if spec.get(name):
            raise not_implemented(f"event source mapping {name}")
    try:
        parse_filters(spec.get("FilterCriteria"))
    except ValueError as wrong:
        raise invalid_parameter(str(wrong)) from wrong
    if (spec.get("MaximumBatchingWindowInSeconds") or 0) > _WINDOW_LIMIT_SECONDS:
        raise invalid_parameter(f"MaximumBatchingWindowInSeconds is at most {_WINDOW_LIMIT_SECONDS}.")
    service = source_arn.split(":")[2]
    if service == "sqs":
        _check_queue(spec, source_arn, function)
    elif service == "dynamodb":
        _check_stream(spec)
    else:
        raise not_implemented(f"event source {source_arn}")


def _check_queue(spec: Mapping[str, Any], source_arn: str, function: Any) -> None:
    if source_arn.endswith(".fifo"):
        raise not_implemented(f"FIFO queues as event source ({source_arn})")
    for name in _STREAM_ONLY:
        if spec.get(name):
            raise invalid_parameter(f"{name} is not supported for the event source {source_arn}.")
    batch_size = spec.get("BatchSize")
    window = spec.get("MaximumBatchingWindowInSeconds") or 0
    if batch_size and batch_size > _SQS_BATCH_WITHOUT_WINDOW and window < 1:
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
    if spec.get("ScalingConfig"):
        raise invalid_parameter("ScalingConfig is not supported for a stream.")
    if (spec.get("ParallelizationFactor") or 1) != 1:
        raise not_implemented("event source mapping ParallelizationFactor above 1")
    if spec.get("StartingPosition") == "AT_TIMESTAMP":
        raise invalid_parameter("AT_TIMESTAMP is not supported for DynamoDB streams.")
    destination = ((spec.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    refusal = unsupported_destination(destination, of_stream=True) if destination else None
    if refusal:
        raise invalid_parameter(refusal)


def conflict(source_arn: str, function_name: str, uuid: str) -> LambdaError:
    return LambdaError(
        "ResourceConflictException",
        f'The event source arn ("{source_arn}") and function ("{function_name}") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}",
        409,
    )
