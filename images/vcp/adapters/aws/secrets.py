"""Secrets: read once per process, never logged, never in an error message."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Protocol

from vcp.adapters.aws.errors import translate_errors
from vcp.domain.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class Secret(Protocol):
    """Returns a secret's text; `fresh` reads it again after its value was rejected (a rotated key)."""

    def __call__(self, *, fresh: bool = False) -> str: ...


class StoredSecret:
    """A string in AWS Secrets Manager, read at the first call and cached.

    Raises `RetryableError` if the service is down, `PermanentError` if the secret is missing, binary or empty.
    """

    def __init__(self, client: SecretsManagerClient, arn: str) -> None:
        self._client = client
        self._arn = arn
        self._text: str | None = None
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"StoredSecret({self._arn})"

    def __call__(self, *, fresh: bool = False) -> str:
        with self._lock:
            if self._text is None or fresh:
                self._text = self._read()
            return self._text

    def _read(self) -> str:
        with translate_errors("secretsmanager"):
            answer = self._client.get_secret_value(SecretId=self._arn)
        text = answer.get("SecretString", "")
        if not text.strip():
            raise PermanentError(
                "secret_empty",
                "A key that the pipeline needs is not set; an operator needs to look into it.",
                self._arn,
            )
        return text
