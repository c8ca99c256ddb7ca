"""Invoke the completion function asynchronously."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vcp.adapters.aws.errors import translate_errors
from vcp.domain.mediaconvert.job_event import JobEvent, to_event

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class CompletionFunction:
    """Implements `ports.messaging.CompletionInvoker`. Lambda retries the function's failures."""

    def __init__(self, client: LambdaClient, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def invoke(self, event: JobEvent) -> None:
        """Queue an invocation. Raises `RetryableError`, `PermanentError`."""
        with translate_errors("lambda"):
            self._client.invoke(
                FunctionName=self._function_name, InvocationType="Event", Payload=json.dumps(to_event(event)).encode()
            )
