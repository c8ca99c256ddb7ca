"""moto's Lambda store, mended: what was set can be read back, and has an effect here.

moto drops LoggingConfig and DeadLetterConfig, keeps the first event-invoke config for ever, ignores ephemeral
storage and image config on update, and makes up the digest of an image.
"""

from __future__ import annotations

import functools
import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.models import EventInvokeConfig, ImageConfig, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from localcloud.hooks.patching import add_entry, add_method, replace_function
from localcloud.lambdahost.destinations import unsupported_destination
from localcloud.lambdahost.errors import LambdaError, invalid_parameter
from localcloud.lambdahost.host import LambdaHost
from localcloud.lambdahost.settings import check_settings, check_trust, logging_config

_RECURSION_PATH = r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)/recursion-config$"


def install(host: LambdaHost) -> None:
    """Apply the mends. Raises MotoChanged."""
    replace_function(LambdaFunction, "__init__", "self account_id spec region version", _init)
    replace_function(LambdaFunction, "get_configuration", "self on_create", _get_configuration)
    replace_function(LambdaFunction, "update_configuration", "self config_updates", _update_configuration)
    replace_function(LambdaFunction, "_set_function_code", "self updated_spec", _set_function_code)
    replace_function(LambdaFunction, "get_code", "self", _get_code)
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
        LambdaBackend,
        "update_function_event_invoke_config",
        "self function_name config",
        _update_event_invoke_config,
    )
    add_method(LambdaResponse, "put_function_recursion_config", _put_recursion_config)
    add_method(LambdaResponse, "get_function_recursion_config", _get_recursion_config)
    add_entry(urls, "url_paths", _RECURSION_PATH, LambdaResponse.dispatch)


def _init(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1) -> None:
        check_settings(spec)
        original(self, account_id, spec, region, version)
        self.dead_letter_config = spec.get("DeadLetterConfig") or {}
        self.logging_config = logging_config(self.function_name, spec.get("LoggingConfig"))
        self.recursive_loop = "Terminate"
        self.revision_id = str(uuid.uuid4())

    return init


def _get_configuration(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = original(self, on_create)
        config["LoggingConfig"] = dict(self.logging_config)
        config["RevisionId"] = self.revision_id
        if self.dead_letter_config.get("TargetArn"):
            config["DeadLetterConfig"] = dict(self.dead_letter_config)
        return {name: value for name, value in config.items() if value is not None}

    return get_configuration


def _update_configuration(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        check_settings(config_updates)
        if "Role" in config_updates:
            check_trust(self.account_id, config_updates["Role"])
        revision = config_updates.get("RevisionId")
        if revision and revision != self.revision_id:
            raise LambdaError("PreconditionFailedException", "The RevisionId provided does not match", 412)
        original(self, config_updates)
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        if "ImageConfig" in config_updates:
            self.image_config = ImageConfig(config_updates["ImageConfig"])
        if "LoggingConfig" in config_updates:
            self.logging_config = logging_config(self.function_name, config_updates["LoggingConfig"])
        if "DeadLetterConfig" in config_updates:
            self.dead_letter_config = config_updates["DeadLetterConfig"]
        if "TracingConfig" in config_updates:
            self.tracing_config = config_updates["TracingConfig"]
        if "KMSKeyArn" in config_updates:
            self.kms_key_arn = config_updates["KMSKeyArn"]
        self.revision_id = str(uuid.uuid4())
        return dict(self.get_configuration())

    return update_configuration


def _set_function_code(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def set_function_code(self: Any, updated_spec: dict[str, Any]) -> None:
        original(self, updated_spec)
        uri = self.code.get("ImageUri", "")
        if "@sha256:" in uri:
            self.code_sha_256 = uri.rsplit("@sha256:", 1)[1]
        self.revision_id = str(uuid.uuid4())

    return set_function_code


def _get_code(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @functools.wraps(original)
    def get_code(self: Any) -> dict[str, Any]:
        answer = original(self)
        uri = self.code.get("ImageUri", "")
        if "@sha256:" in uri:
            answer["Code"]["ResolvedImageUri"] = uri
        return answer

    return get_code


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
        left = host.limits.account_concurrency - sum(others.values()) - int(reserved_concurrency)
        if left < host.limits.unreserved_minimum:
            raise invalid_parameter(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{host.limits.unreserved_minimum}]."
            )
        return original(self, function_name, reserved_concurrency)

    return put_function_concurrency


def _put_event_invoke_config(_: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def put_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        fn = self.get_function(function_name)
        for side in (config.get("DestinationConfig") or {}).values():
            refusal = unsupported_destination(side["Destination"]) if side.get("Destination") else None
            if refusal:
                raise invalid_parameter(refusal)
        stored = EventInvokeConfig(f"{fn.function_arn}:$LATEST", time.time(), config)
        fn.event_invoke_config = [stored]
        return dict(stored.response())

    return put_function_event_invoke_config


def _update_event_invoke_config(_: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    def update_function_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
        fn = self.get_function(function_name)
        before = fn.event_invoke_config[0].config if fn.event_invoke_config else {}
        merged: dict[str, Any] = self.put_function_event_invoke_config(function_name, {**before, **config})
        return merged

    return update_function_event_invoke_config


def _put_recursion_config(self: Any) -> str:
    fn = self.backend.get_function(_function_in(self.path))
    loop = self.json_body.get("RecursiveLoop")
    if loop not in ("Allow", "Terminate"):
        raise invalid_parameter(f"RecursiveLoop is {loop!r}; it must be Allow or Terminate.")
    fn.recursive_loop = loop
    return json.dumps({"RecursiveLoop": loop})


def _get_recursion_config(self: Any) -> str:
    return json.dumps({"RecursiveLoop": self.backend.get_function(_function_in(self.path)).recursive_loop})


def _function_in(path: str) -> str:
    return unquote(path.rsplit("/", 2)[-2])
