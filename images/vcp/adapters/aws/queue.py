"""The transfer queue (SQS)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vcp.adapters.aws.errors import translate_errors
from vcp.wire.messages import TransferMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: SQS: a visibility timeout is at most 12 hours (ChangeMessageVisibility).
_MAX_VISIBILITY_SECONDS = 43_200


class SqsTransferQueue:
    """Implements `ports.messaging.TransferQueue`. Raises `RetryableError` and `PermanentError`."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: TransferMessage) -> None:
        with translate_errors("sqs"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message.to_wire()))

    def make_visible(self, receipt_handle: str, after_seconds: float = 0) -> None:
        """Return a received message to the queue, visible at once or after up to 12 hours.

        It is delivered again with a higher receive count. Sending a new message instead would be a loop that AWS
        stops after about 16 rounds (Lambda developer guide, "Recursive loop detection").
        """
        with translate_errors("sqs"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(int(after_seconds), _MAX_VISIBILITY_SECONDS),
            )
