"""Changes of moto's Lambda models: what is set can be read back and has an effect here, or is rejected.

moto drops LoggingConfig, keeps the first event-invoke configuration forever, ignores ephemeral storage and image
configuration on update, and invents the digest of an image.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import EventInvokeConfig, ImageConfig, LambdaBackend, LambdaFunction
from moto.s3.models import S3Backend

from localcloud.hooks.patching import replace_function
from localcloud.lambdahost.destinations import check_destination
from localcloud.lambdahost.errors import invalid_parameter, not_implemented
from localcloud.lambdahost.functions import check_settings, check_trust
from localcloud.lambdahost.host import LambdaHost


def install(host: LambdaHost) -> None:
    """Apply the changes. Raises MotoChanged."""
    replace_function(LambdaFunction, "__init__", "self account_id spec region version", _init)
    replace_function(LambdaFunction, "get_configuration", "self on_create", _get_configuration)
    replace_function(LambdaFunction, "update_configuration", "self config_updates", _update_configuration)
    replace_function(LambdaFunction, "_set_function_code", "self updated_spec", _set_function_code)
    replace_function(LambdaFunction, "get_code", "self", _get_code)
    replace_function(LambdaFunction, "invoke", "self body request_headers response_headers", _invoke)
    replace_function(LambdaBackend, "create_function", "self spec", _create_function)
    replace_function(
        LambdaBackend,
        "delete_function",
        "self function_name qualifier",
        lambda original: _delete_function(original, host),
    )
    replace_function(
        LambdaBackend,
        "put_function_concurrency",
        "self function_name reserved_concurrency",
        lambda original: _put_concurrency(original, host),
    )
    replace_function(
        LambdaBackend, "put_function_event_invoke_config", "self function_name config", _put_event_invoke_config
    )
    replace_function(
        LambdaBackend, "update_function_event_invoke_config", "self function_name config", _update_event_invoke_config
    )
    replace_function(
        S3Backend, "put_bucket_notification_configuration", "self bucket_name notification_config", _put_notification
    )


def _log_group(function_name: str, logging_config: dict[str, Any] | None) -> str:
    return str((logging_config or {}).get("LogGroup") or f"/aws/lambda/{function_name}")


def _init(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        check_settings({"PackageType": "Zip", **spec})
        original(self, account_id, spec, region, version)
        self.logs_group_name = _log_group(self.function_name, spec.get("LoggingConfig"))

    return init


def _get_configuration(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = original(self, on_create)
        config["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": self.logs_group_name}
        return {name: value for name, value in config.items() if value is not None}

    return get_configuration


def _update_configuration(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        check_settings(config_updates)
        if "Role" in config_updates:
            check_trust(self.account_id, config_updates["Role"])
        original(self, config_updates)
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if "ImageConfig" in config_updates:
            self.image_config = ImageConfig(config_updates["ImageConfig"])
        if "LoggingConfig" in config_updates:
            self.logs_group_name = _log_group(self.function_name, config_updates["LoggingConfig"])
        return dict(self.get_configuration())

    return update_configuration


def _set_function_code(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def set_function_code(self: Any, updated_spec: dict[str, Any]) -> None:
        original(self, updated_spec)
        _, _, digest = self.code.get("ImageUri", "").partition("@sha256:")
        self.code_sha_256 = digest or self.code_sha_256

    return set_function_code


def _get_code(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def get_code(self: Any) -> dict[str, Any]:
        answer = original(self)
        if "@sha256:" in self.code["ImageUri"]:
            answer["Code"]["ResolvedImageUri"] = self.code["ImageUri"]
        return answer

    return get_code


def _invoke(_: Callable[..., Any]) -> Callable[..., Any]:
    """Reject invocations by moto's own services, such as SNS."""

    def invoke(self: Any, body: str, request_headers: Any, response_headers: Any) -> None:
        raise NotImplementedError(f"the invocation of {self.function_name} by another service")

    return invoke


def _create_function(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def create_function(self: Any, spec: dict[str, Any]) -> Any:
        check_trust(self.account_id, spec["Role"])
        return original(self, spec)

    return create_function


def _delete_function(original: Callable[..., None], host: LambdaHost) -> Callable[..., None]:
    @functools.wraps(original)
    def delete_function(self: Any, function_name: str, qualifier: str | None = None) -> None:
        function_arn = self.get_function(function_name, qualifier).function_arn
        original(self, function_name, qualifier)
        host.pool.retire(function_arn)

    return delete_function


def _put_concurrency(original: Callable[..., Any], host: LambdaHost) -> Callable[..., Any]:
    @functools.wraps(original)
    def put_function_concurrency(self: Any, function_name: str, reserved_concurrency: str) -> Any:
        others = host.functions.reservations()
        others.pop(self.get_function(function_name).function_arn, None)
        # Lambda's minimum is 100, which is why no reservation fits into a new account; here it is 0.
        if host.limits.account_concurrency - sum(others.values()) < int(reserved_concurrency):
            raise invalid_parameter(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                "UnreservedConcurrentExecution below its minimum value of [0]."
            )
        return original(self, function_name, reserved_concurrency)

    return put_function_concurrency


def _put_event_invoke_config(_: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def put_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        fn = self.get_function(function_name)
        destinations = config.get("DestinationConfig") or {}
        if destinations.get("OnSuccess"):
            raise not_implemented("DestinationConfig.OnSuccess")
        if destination := (destinations.get("OnFailure") or {}).get("Destination"):
            check_destination(destination)
        stored = EventInvokeConfig(f"{fn.function_arn}:$LATEST", time.time(), config)
        fn.event_invoke_config = [stored]
        return dict(stored.response())

    return put_function_event_invoke_config


def _update_event_invoke_config(_: Callable[..., Any]) -> Callable[..., Any]:
    def update_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> None:
        raise NotImplementedError(f"UpdateFunctionEventInvokeConfig of {function_name}; use Put")

    return update_function_event_invoke_config


def _put_notification(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def put_bucket_notification_configuration(self: Any, bucket_name: str, notification_config: Any) -> None:
        if (notification_config or {}).get("CloudFunctionConfiguration"):
            raise NotImplementedError(f"notifications of functions (bucket {bucket_name})")
        original(self, bucket_name, notification_config)

    return put_bucket_notification_configuration
