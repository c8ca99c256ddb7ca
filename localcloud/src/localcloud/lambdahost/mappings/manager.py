"""The life of event source mappings: moto keeps them, our pollers do the work that moto does inside SendMessage."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import EventSourceMapping, LambdaBackend
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from localcloud.context import ActivityLog
from localcloud.hooks.patching import replace_function
from localcloud.lambdahost.asynchronous import AsyncInvoker
from localcloud.lambdahost.errors import invalid_parameter
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.mappings.poller import Poller
from localcloud.lambdahost.mappings.queues import QueuePoller
from localcloud.lambdahost.mappings.settings import check_mapping, conflict
from localcloud.lambdahost.mappings.streams import StreamPoller


class MappingManager:
    """Hooks moto's mappings. A poller ends by itself when its mapping is gone."""

    def __init__(
        self,
        host: LambdaHost,
        asynchronous: AsyncInvoker,
        activity: ActivityLog,
        stopping: threading.Event,
    ) -> None:
        self._host = host
        self._asynchronous = asynchronous
        self._activity = activity
        self._stopping = stopping

    def install(self) -> None:
        """Raises MotoChanged."""
        replace_function(LambdaBackend, "create_event_source_mapping", "self spec", self._create)
        replace_function(LambdaBackend, "update_event_source_mapping", "self uuid spec", _update)
        replace_function(LambdaBackend, "list_event_source_mappings", "self event_source_arn function_name", _list)
        replace_function(EventSourceMapping, "get_configuration", "self", _configuration)

    def _create(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
            source_arn = spec.get("EventSourceArn") or ""
            if source_arn.count(":") < 5:
                raise invalid_parameter(f"EventSourceArn {source_arn!r} is not an ARN.")
            function = backend.get_function(spec.get("FunctionName", ""))
            check_mapping(spec, source_arn, function)
            if ":dynamodb:" in source_arn and not spec.get("StartingPosition"):
                raise invalid_parameter("1 validation error detected: StartingPosition is required for streams.")
            for other in backend.list_event_source_mappings(source_arn, function.function_arn):
                raise conflict(source_arn, function.function_name, other.uuid)
            mapping = original(backend, spec)
            _displace(mapping)
            self._poller(backend, mapping).start()
            return mapping

        return create_event_source_mapping

    def _poller(self, backend: Any, mapping: Any) -> Poller:
        def alive() -> bool:
            return backend._event_source_mappings.get(mapping.uuid) is mapping

        shared = (mapping, self._host, self._activity, self._stopping, alive)
        if ":sqs:" in mapping.event_source_arn:
            return QueuePoller(*shared)
        return StreamPoller(*shared, invoke_async=self._asynchronous.submit_to)


def _displace(mapping: Any) -> None:
    """Take the mapping away from where moto would run it, inside SendMessage and PutItem."""
    _, _, _, region, account_id, resource = mapping.event_source_arn.split(":", 5)
    if ":sqs:" in mapping.event_source_arn:
        sqs_backends[account_id][region].queues[resource].lambda_event_source_mappings.clear()
    else:
        table = dynamodb_backends[account_id][region].tables[resource.split("/")[1]]
        table.lambda_event_source_mappings.clear()


def _update(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def update_event_source_mapping(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
        mapping = backend.get_event_source_mapping(uuid)
        if mapping is None:
            return None
        function = backend.get_function(spec.get("FunctionName") or mapping.function_arn)
        merged = {
            "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": mapping.max_batch_window,
            **spec,
        }
        check_mapping(merged, mapping.event_source_arn, function)
        return original(backend, uuid, spec)

    return update_event_source_mapping


def _list(_: Callable[..., Any]) -> Callable[..., list[Any]]:
    def list_event_source_mappings(backend: Any, event_source_arn: str | None, function_name: str | None) -> list[Any]:
        """By source and function, the function given by name or ARN (moto compares the text it was given)."""
        found = list(backend._event_source_mappings.values())
        if event_source_arn:
            found = [each for each in found if each.event_source_arn == event_source_arn]
        if function_name:
            name = function_name.split(":")[-1]
            found = [each for each in found if each.function_arn.split(":")[6] == name]
        return found

    return list_event_source_mappings


def _configuration(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def get_configuration(mapping: Any) -> dict[str, Any]:
        config = original(mapping)
        config["LastProcessingResult"] = getattr(mapping, "last_processing_result", "No records processed")
        return config

    return get_configuration
