"""Event source mappings: moto stores them, pollers do the work that moto does inside SendMessage and PutItem."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import LambdaBackend
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from localcloud.hooks.patching import replace_function
from localcloud.lambdahost.errors import LambdaError, invalid_parameter
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.mappings.poller import Poller
from localcloud.lambdahost.mappings.queues import QueuePoller
from localcloud.lambdahost.mappings.settings import check_mapping
from localcloud.lambdahost.mappings.streams import StreamPoller


def install(host: LambdaHost) -> None:
    """Change moto's mappings. A poller ends when its mapping is deleted. Raises MotoChanged."""
    replace_function(
        LambdaBackend, "create_event_source_mapping", "self spec", lambda original: _create(original, host)
    )
    replace_function(LambdaBackend, "update_event_source_mapping", "self uuid spec", _update)


def _create(original: Callable[..., Any], host: LambdaHost) -> Callable[..., Any]:
    @functools.wraps(original)
    def create_event_source_mapping(backend: Any, spec: dict[str, Any]) -> Any:
        source_arn = spec.get("EventSourceArn") or ""
        if source_arn.count(":") < 5:
            raise invalid_parameter(f"EventSourceArn {source_arn!r} is not an ARN.")
        function = backend.get_function(spec.get("FunctionName", ""))
        check_mapping(spec, source_arn, function)
        if ":dynamodb:" in source_arn and not spec.get("StartingPosition"):
            raise invalid_parameter("1 validation error detected: StartingPosition is required for streams.")
        for other in list(backend._event_source_mappings.values()):
            if (other.event_source_arn, other.function_arn) == (source_arn, function.function_arn):
                raise _conflict(other, function.function_name)
        mapping = original(backend, spec)
        _take_from_moto(mapping)
        poller: type[Poller] = QueuePoller if ":sqs:" in source_arn else StreamPoller
        poller(mapping, host, lambda: backend._event_source_mappings.get(mapping.uuid) is mapping).start()
        return mapping

    return create_event_source_mapping


def _update(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def update_event_source_mapping(backend: Any, uuid: str, spec: dict[str, Any]) -> Any:
        mapping = backend.get_event_source_mapping(uuid)
        if mapping is not None:
            function = backend.get_function(spec.get("FunctionName") or mapping.function_arn)
            check_mapping({"BatchSize": mapping.batch_size, **spec}, mapping.event_source_arn, function)
        return original(backend, uuid, spec)

    return update_event_source_mapping


def _take_from_moto(mapping: Any) -> None:
    """Prevent moto from running the mapping inside SendMessage and PutItem."""
    _, _, _, region, account_id, resource = mapping.event_source_arn.split(":", 5)
    if ":sqs:" in mapping.event_source_arn:
        sqs_backends[account_id][region].queues[resource].lambda_event_source_mappings.clear()
    else:
        table = dynamodb_backends[account_id][region].tables[resource.split("/")[1]]
        table.lambda_event_source_mappings.clear()


def _conflict(mapping: Any, function_name: str) -> LambdaError:
    return LambdaError(
        "ResourceConflictException",
        f'The event source arn ("{mapping.event_source_arn}") and function ("{function_name}") provided mapping '
        f"already exists. Please update or delete the existing mapping with UUID {mapping.uuid}",
        409,
    )
