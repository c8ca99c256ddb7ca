"""DynamoDB when the answer to a write is lost on the way."""

from __future__ import annotations

from typing import Any


class TriedTwice:
    """DynamoDB's client when the answer to a write is lost: botocore sends the same write again."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **write: Any) -> Any:
        self._client.put_item(**write)
        return self._client.put_item(**write)
