"""Which settings of a function are taken, and which are refused: limits and names as Lambda checks them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends

from localcloud.lambdahost.errors import invalid_parameter, not_implemented

_TIMEOUT_LIMIT_SECONDS = 900
_MEMORY_LIMIT_MB = 10_240
_VARIABLES_LIMIT_BYTES = 4_096

#: "Defined runtime environment variables", reserved; developer guide.
_RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    }
)
_NOT_IMPLEMENTED = ("FileSystemConfigs", "CapacityProviderConfig", "DurableConfig", "TenancyConfig", "PublishTo")


def check_settings(spec: Mapping[str, Any]) -> None:
    """Check what CreateFunction or UpdateFunctionConfiguration was given. Raises LambdaError."""
    for name in _NOT_IMPLEMENTED:
        if spec.get(name):
            raise not_implemented(name)
    if (spec.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        raise not_implemented("SnapStart")
    for name in ("EntryPoint", "WorkingDirectory"):
        if (spec.get("ImageConfig") or {}).get(name):
            raise not_implemented(f"ImageConfig.{name}: what stands for an image here brings its own")
    if (spec.get("VpcConfig") or {}).get("SubnetIds"):
        raise not_implemented("VpcConfig")
    _check_at_most("timeout", spec.get("Timeout"), _TIMEOUT_LIMIT_SECONDS)
    _check_at_most("memorySize", spec.get("MemorySize"), _MEMORY_LIMIT_MB)
    _check_variables((spec.get("Environment") or {}).get("Variables") or {})
    level = (spec.get("LoggingConfig") or {}).get("ApplicationLogLevel")
    if level and (spec.get("LoggingConfig") or {}).get("LogFormat", "Text") != "JSON":
        raise invalid_parameter("ApplicationLogLevel can only be set when LogFormat is JSON.")


def check_trust(account_id: str, role_arn: str) -> None:
    """Raise LambdaError unless the role's trust policy lets Lambda assume it. Unknown roles are moto's business."""
    roles = iam_backends[account_id]["aws"].roles.values()
    role = next((each for each in roles if each.arn == role_arn), None)
    if role is not None and not _lambda_may_assume(json.loads(role.assume_role_policy_document or "{}")):
        raise invalid_parameter("The role defined for the function cannot be assumed by Lambda.")


def logging_config(function_name: str, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """LoggingConfig with its defaults: text, in the log group of the function's name."""
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function_name}", **(given or {})}
    if config["LogFormat"] == "JSON":
        config.setdefault("ApplicationLogLevel", "INFO")
        config.setdefault("SystemLogLevel", "INFO")
    return config


def _lambda_may_assume(document: Mapping[str, Any]) -> bool:
    statements = document.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        named = "lambda.amazonaws.com" in ([services] if isinstance(services, str) else services)
        if statement.get("Effect") == "Allow" and named:
            return True
    return False


def _check_at_most(name: str, value: int | None, limit: int) -> None:
    if value is not None and value > limit:
        raise invalid_parameter(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {limit}"
        )


def _check_variables(variables: Mapping[str, str]) -> None:
    reserved = sorted(_RESERVED_VARIABLES & set(variables))
    prefix = "Lambda was unable to configure your environment variables because the environment variables you have"
    if reserved:
        raise invalid_parameter(
            f"{prefix} provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    if len(json.dumps(dict(variables), separators=(",", ":")).encode()) > _VARIABLES_LIMIT_BYTES:
        raise invalid_parameter(f"{prefix} provided exceeded the 4KB limit.")
