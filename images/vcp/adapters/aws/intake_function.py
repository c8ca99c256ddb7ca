"""Invoke the intake function as n8n does, and wait for the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from vcp.adapters.aws.errors import translate_errors
from vcp.domain.errors import RetryableError
from vcp.domain.intake.drive_resource import DriveResource
from vcp.wire.messages import IntakeAnswer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class IntakeFunction:
    """Implements `ports.scan.IntakeClient`, thread-safe. `client` must wait as long as intake may run."""

    def __init__(self, client: LambdaClient, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def submit(self, file: DriveResource) -> str:
        """See `ports.scan.IntakeClient.submit`."""
        with translate_errors("lambda"):
            answer = self._client.invoke(
                FunctionName=self._function_name,
                InvocationType="RequestResponse",
                Payload=json.dumps(file.to_wire(), ensure_ascii=False).encode(),
            )
            payload = answer["Payload"].read()
        if answer.get("FunctionError"):
            raise _failed(_message(payload))
        try:
            return msgspec.json.decode(payload, type=IntakeAnswer).status
        except (msgspec.DecodeError, UnicodeError) as error:
            raise _failed(f"answered {payload[:200]!r}") from error


def _message(payload: bytes) -> str:
    try:
        body: Any = json.loads(payload)
    except ValueError:
        body = None
    return str(body.get("errorMessage") if isinstance(body, dict) else payload[:200])


def _failed(detail: str) -> RetryableError:
    return RetryableError("intake_failed", "The pipeline could not accept a file; it will be submitted again.", detail)
