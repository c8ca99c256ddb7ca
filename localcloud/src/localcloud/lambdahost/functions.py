"""moto's stored functions, read as what the host runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends

from localcloud.lambdahost.invocation import FunctionSpec


@dataclass(frozen=True)
class AsyncSettings:
    """What Lambda does with an asynchronous event of one function (event-invoke config and dead-letter queue)."""

    maximum_retry_attempts: int = 2
    maximum_event_age_seconds: int = 21_600
    on_success: str | None = None
    on_failure: str | None = None
    dead_letter_target: str | None = None


class FunctionStore:
    """The functions of one account and region."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region

    @property
    def backend(self) -> LambdaBackend:
        return lambda_backends[self._account_id][self._region]

    def find(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """The function that is meant. Raises LookupError."""
        try:
            return spec_of(self.backend.get_function(name_or_arn, qualifier))
        except UnknownFunctionException as unknown:
            raise LookupError(f"Function not found: {name_or_arn}") from unknown

    def exists(self, function_arn: str) -> bool:
        try:
            self.find(function_arn)
        except LookupError:
            return False
        return True

    def reservations(self) -> dict[str, int]:
        """Reserved concurrency by function ARN, for the functions that have any."""
        # a copy: other requests may add functions meanwhile
        latest = [group["latest"] for group in list(self.backend._lambdas._functions.values())]
        return {
            str(fn.function_arn): int(fn.reserved_concurrency)
            for fn in latest
            if fn is not None and fn.reserved_concurrency is not None
        }

    def async_settings(self, function_arn: str) -> AsyncSettings:
        fn = self.backend.get_function(function_arn)
        config: dict[str, Any] = fn.event_invoke_config[0].config if fn.event_invoke_config else {}
        destinations = config.get("DestinationConfig") or {}
        return AsyncSettings(
            maximum_retry_attempts=int(config.get("MaximumRetryAttempts", 2)),
            maximum_event_age_seconds=int(config.get("MaximumEventAgeInSeconds") or 21_600),
            on_success=(destinations.get("OnSuccess") or {}).get("Destination"),
            on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
            dead_letter_target=(getattr(fn, "dead_letter_config", None) or {}).get("TargetArn"),
        )


def spec_of(fn: LambdaFunction) -> FunctionSpec:
    """A stored function as an execution environment needs it."""
    logging = fn.logging_config
    return FunctionSpec(
        function_name=fn.function_name,
        function_arn=fn.function_arn,
        version=str(fn.version),
        role_arn=fn.role,
        package_type=fn.package_type,
        image_uri=fn.code.get("ImageUri", ""),
        command=tuple(fn.image_config.cmd),
        environment=tuple(sorted(fn.environment_vars.items())),
        memory_mb=int(fn.memory_size),
        timeout_seconds=int(fn.timeout),
        ephemeral_storage_mb=int(fn.ephemeral_storage),
        log_group=logging["LogGroup"],
        log_format=logging["LogFormat"],
        application_log_level=logging.get("ApplicationLogLevel"),
        region=fn.region,
        account_id=fn.account_id,
    )
