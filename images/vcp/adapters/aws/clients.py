"""boto3 clients, each made once a process, when it is first used, with limits on every wait.

Region, credentials and endpoint come from the environment, as botocore reads them (`AWS_ENDPOINT_URL` among them;
an endpoint that is an IP address makes S3 use path-style addresses by itself). Clients may be shared by threads.
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

#: Calls that answer at once; "standard" retries throttling, 5xx and connection errors with backoff and jitter.
_QUICK = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})
#: Object data: a part may take its time, and as many connections as a transfer has threads, probe and copy included.
_BULK = Config(
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=50,
    retries={"mode": "standard", "total_max_attempts": 6},
)
#: A function whose answer is waited for. Not tried again here: it may still be at work.
_WAITING = Config(connect_timeout=5, read_timeout=75, retries={"mode": "standard", "total_max_attempts": 1})
#: MediaConvert allows 2 to 5 calls a second and account (general reference): adapt to its throttling.
_THROTTLED = Config(connect_timeout=5, read_timeout=30, retries={"mode": "adaptive", "total_max_attempts": 8})

#: boto3's default session is not safe to make clients from in several threads (boto3 guide, "Multithreading").
_making = Lock()


class LazyClient:
    """A client of boto3 that is made when the first thing is asked of it.

    Making one costs 4 to 20 ms of a cold start, and most first events are answered with one or two of a function's.
    """

    def __init__(self, service: str, config: Config) -> None:
        self._service = service
        self._config = config
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions, about copying say, are about this object
            raise AttributeError(name)
        if self._client is None:
            with _making:
                if self._client is None:
                    self._client = boto3.client(self._service, config=self._config)  # type: ignore[call-overload]
        return getattr(self._client, name)


def _make(service: str, config: Config) -> Any:
    return LazyClient(service, config)


@cache
def dynamodb() -> DynamoDBClient:
    client: DynamoDBClient = _make("dynamodb", _QUICK)
    return client


@cache
def s3() -> S3Client:
    client: S3Client = _make("s3", _BULK)
    return client


@cache
def sqs() -> SQSClient:
    client: SQSClient = _make("sqs", _QUICK)
    return client


@cache
def sns() -> SNSClient:
    client: SNSClient = _make("sns", _QUICK)
    return client


@cache
def functions() -> LambdaClient:
    client: LambdaClient = _make("lambda", _QUICK)
    return client


@cache
def answering_functions() -> LambdaClient:
    """For calls whose answer is waited for, up to 75 s."""
    client: LambdaClient = _make("lambda", _WAITING)
    return client


@cache
def mediaconvert() -> MediaConvertClient:
    """On the regional endpoint: account endpoints are deprecated (service model)."""
    client: MediaConvertClient = _make("mediaconvert", _THROTTLED)
    return client


@cache
def secretsmanager() -> SecretsManagerClient:
    client: SecretsManagerClient = _make("secretsmanager", _QUICK)
    return client
