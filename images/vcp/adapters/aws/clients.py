"""boto3 clients, created on first use, one per process, with timeouts.

botocore reads region, credentials and endpoint from the environment (`AWS_ENDPOINT_URL` too; S3 uses path-style
addresses if the endpoint is an IP address). Clients are thread-safe.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_mediaconvert import MediaConvertClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

#: For calls that answer at once; "standard" retries throttling, 5xx and connection errors with backoff and jitter.
_QUICK = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})
#: For object data: slow reads, and a connection for each thread of a transfer, probe and copy included.
_BULK = Config(
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 6},
)
#: For synchronous invocations. No retry here: the function may still be running.
_WAITING = Config(connect_timeout=5, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1})
#: MediaConvert allows 2 to 5 calls per second and account (general reference): adapt to its throttling.
_THROTTLED = Config(connect_timeout=5, read_timeout=30, retries={"mode": "adaptive", "total_max_attempts": 8})

#: boto3's default session must not create clients in several threads at once (boto3 guide, "Multithreading").
_creating = Lock()


class LazyClient:
    """A boto3 client that is created when its first attribute is read.

    Creating one costs 4 to 20 ms of a cold start, and most first events need only one or two of a function's clients.
    """

    def __init__(self, service: str, config: Config) -> None:
        self._service = service
        self._config = config
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own lookups, e.g. by copy, concern this object
            raise AttributeError(name)
        if self._client is None:
            with _creating:
                if self._client is None:
                    self._client = boto3.client(self._service, config=self._config)  # type: ignore[call-overload]
        return getattr(self._client, name)


def _lazy(service: str, config: Config) -> Any:
    return LazyClient(service, config)


@cache
def dynamodb() -> DynamoDBClient:
    client: DynamoDBClient = _lazy("dynamodb", _QUICK)
    return client


@cache
def s3() -> S3Client:
    client: S3Client = _lazy("s3", _BULK)
    return client


@cache
def sqs() -> SQSClient:
    client: SQSClient = _lazy("sqs", _QUICK)
    return client


@cache
def sns() -> SNSClient:
    client: SNSClient = _lazy("sns", _QUICK)
    return client


@cache
def functions() -> LambdaClient:
    client: LambdaClient = _lazy("lambda", _QUICK)
    return client


@cache
def answering_functions() -> LambdaClient:
    """Return a client for synchronous invocations of up to 75 s."""
    client: LambdaClient = _lazy("lambda", _WAITING)
    return client


@cache
def mediaconvert() -> MediaConvertClient:
    """Return a client of the regional endpoint; account endpoints are deprecated (service model)."""
    client: MediaConvertClient = _lazy("mediaconvert", _THROTTLED)
    return client


@cache
def secretsmanager() -> SecretsManagerClient:
    client: SecretsManagerClient = _lazy("secretsmanager", _QUICK)
    return client
