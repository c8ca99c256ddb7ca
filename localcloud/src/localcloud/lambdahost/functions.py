"""Functions as moto stores them: checked when they are set, and read for the host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.iam.models import iam_backends

from localcloud.lambdahost.errors import invalid_parameter, not_implemented
from localcloud.lambdahost.invocation import FunctionSpec
from localcloud.policies import trusts

_TIMEOUT_LIMIT_SECONDS = 900
_MEMORY_LIMIT_MB = 10_240
_VARIABLES_LIMIT_BYTES = 4_096

#: "Defined runtime environment variables", reserved; developer guide.
_RESERVED_VARIABLES = frozenset((
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
))  # fmt: skip
#: Path of a setting without effect here -> the value that is accepted.
_NOT_IMPLEMENTED: Mapping[tuple[str, ...], Any] = {
    ("CapacityProviderConfig",): None,
    ("DeadLetterConfig", "TargetArn"): None,
    ("DurableConfig",): None,
    ("FileSystemConfigs",): None,
    ("ImageConfig", "EntryPoint"): None,
    ("ImageConfig", "WorkingDirectory"): None,
    ("KMSKeyArn",): None,
    ("LoggingConfig", "ApplicationLogLevel"): None,
    ("LoggingConfig", "LogFormat"): "Text",
    ("LoggingConfig", "SystemLogLevel"): None,
    ("PackageType",): "Image",
    ("PublishTo",): None,
    ("RevisionId",): None,
    ("SnapStart", "ApplyOn"): "None",
    ("TenancyConfig",): None,
    ("TracingConfig", "Mode"): "PassThrough",
    ("VpcConfig", "SubnetIds"): None,
}


def check_settings(spec: Mapping[str, Any]) -> None:
    """Check the settings of CreateFunction or UpdateFunctionConfiguration. Raises LambdaError."""
    for path, accepted in _NOT_IMPLEMENTED.items():
        value: Any = spec
        for name in path:
            value = (value or {}).get(name)
        if value and value != accepted:
            raise not_implemented(f"{'.'.join(path)} {value}")
    for name, limit in (("Timeout", _TIMEOUT_LIMIT_SECONDS), ("MemorySize", _MEMORY_LIMIT_MB)):
        if (spec.get(name) or 0) > limit:
            raise invalid_parameter(
                f"1 validation error detected: Value '{spec[name]}' at '{name[0].lower()}{name[1:]}' failed to satisfy "
                f"constraint: Member must have value less than or equal to {limit}"
            )
    _check_variables((spec.get("Environment") or {}).get("Variables") or {})


def check_trust(account_id: str, role_arn: str) -> None:
    """Raise LambdaError unless the role's trust policy lets Lambda assume it. moto rejects unknown roles."""
    roles = iam_backends[account_id]["aws"].roles.values()
    role = next((each for each in roles if each.arn == role_arn), None)
    if role is not None and not trusts(role.assume_role_policy_document, "lambda.amazonaws.com"):
        raise invalid_parameter("The role defined for the function cannot be assumed by Lambda.")


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


@dataclass(frozen=True)
class AsyncSettings:
    """A function's event-invoke configuration: how asynchronous events are retried, and where failed ones go."""

    maximum_retry_attempts: int
    maximum_event_age_seconds: int
    on_failure: str | None


class FunctionStore:
    """The functions of one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    @property
    def _backend(self) -> LambdaBackend:
        return lambda_backends[self._account_id][self._region]

    def find(self, function_arn: str) -> FunctionSpec:
        """Return a function. Raises LookupError."""
        try:
            return spec_of(self._backend.get_function(function_arn))
        except UnknownFunctionException as unknown:
            raise LookupError(f"Function not found: {function_arn}") from unknown

    def reservations(self) -> dict[str, int]:
        """Return reserved concurrency by function ARN, for the functions that have any."""
        # a copy: other requests may add functions meanwhile
        latest = [group["latest"] for group in list(self._backend._lambdas._functions.values())]
        return {
            str(fn.function_arn): int(fn.reserved_concurrency)
            for fn in latest
            if fn is not None and fn.reserved_concurrency is not None
        }

    def async_settings(self, function_arn: str) -> AsyncSettings:
        fn = self._backend.get_function(function_arn)
        config: dict[str, Any] = fn.event_invoke_config[0].config if fn.event_invoke_config else {}
        return AsyncSettings(
            maximum_retry_attempts=int(config.get("MaximumRetryAttempts", 2)),
            maximum_event_age_seconds=int(config.get("MaximumEventAgeInSeconds") or 21_600),
            on_failure=((config.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"),
        )


def spec_of(fn: LambdaFunction) -> FunctionSpec:
    """Return a stored function as an execution environment needs it."""
    return FunctionSpec(
        function_name=fn.function_name,
        function_arn=fn.function_arn,
        version=str(fn.version),
        role_arn=fn.role,
        image_uri=fn.code["ImageUri"],
        command=tuple(fn.image_config.cmd),
        environment=tuple(sorted(fn.environment_vars.items())),
        memory_mb=int(fn.memory_size),
        timeout_seconds=int(fn.timeout),
        ephemeral_storage_mb=int(fn.ephemeral_storage),
        log_group=fn.logs_group_name,
        region=fn.region,
    )
