"""Calling the door as n8n does: video-file-processor, with a file as Drive tells it, waiting for the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from vcp.adapters.aws.errors import translated
from vcp.domain.errors import RetryableError
from vcp.ports.scan import FileResource
from vcp.wire.messages import IntakeAnswer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class IntakeFunction:
    """Fulfils `ports.scan.IntakeClient`. Safe to share by threads. `client` must wait for as long as the door may take."""

    def __init__(self, client: LambdaClient, function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def submit(self, file: FileResource) -> str:
        """See `ports.scan.IntakeClient.submit`. A function error is told by its `errorMessage`."""
        with translated("lambda"):
            answer = self._client.invoke(
                FunctionName=self._function_name,
                InvocationType="RequestResponse",
                Payload=json.dumps(file, ensure_ascii=False).encode(),
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
    return RetryableError("door_failed", "The pipeline's door could not take a file in; it is announced again.", detail)
