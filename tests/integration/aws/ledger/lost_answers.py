"""DynamoDB when the answer to a write is lost."""

from __future__ import annotations

from typing import Any


class RetriedWrites:
    """A DynamoDB client that sends every write twice, as botocore does when an answer is lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_item(self, **write: Any) -> Any:
        self._client.put_item(**write)
        return self._client.put_item(**write)
