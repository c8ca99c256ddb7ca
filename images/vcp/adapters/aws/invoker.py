"""Calling another function of the pipeline, asynchronously."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vcp.adapters.aws.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class LambdaInvoker:
    """Fulfils `ports.CompletionInvoker`: what the function makes of it goes its own way (retries, destination)."""

    def __init__(self, client: LambdaClient, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def invoke(self, event: Mapping[str, Any]) -> None:
        """Queue an invocation. Raises `RetryableError`, `PermanentError`."""
        with translated("lambda"):
            self._client.invoke(
                FunctionName=self._function_name, InvocationType="Event", Payload=json.dumps(event).encode()
            )
