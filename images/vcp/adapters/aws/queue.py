"""The transfer queue (SQS)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vcp.adapters.aws.errors import translated
from vcp.wire.messages import TransferMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: SQS: a visibility timeout is at most 12 hours (ChangeMessageVisibility).
_LONGEST_VISIBILITY_SECONDS = 43_200


class SqsTransferQueue:
    """Fulfils `ports.TransferQueue`. Raises `RetryableError` and `PermanentError`."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, message: TransferMessage) -> None:
        with translated("sqs"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(message.to_wire()))

    def make_visible(self, receipt_handle: str, after_seconds: float = 0) -> None:
        """Hand a received message over to the next consumer, at once or after a while (12 hours at most).

        The same message comes again with a higher receive count; sending a new one would be a loop that AWS's
        detector stops after about 16 turns (Lambda developer guide, "Recursive loop detection").
        """
        with translated("sqs"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(int(after_seconds), _LONGEST_VISIBILITY_SECONDS),
            )
