"""Sessions of IAM roles, for what a service does on behalf of a function or a job.

Every such call (log lines, reading queues and streams, destinations, inputs and outputs in S3) uses the role's
credentials, so that IAM enforcement would apply where it applies on AWS.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_RENEW_BEFORE = timedelta(minutes=10)
#: AssumeRole requires at least two characters; a function's name may have one.
_SESSION_NAME_LENGTH = 2
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=300,
    retries={"max_attempts": 3, "mode": "standard"},
    max_pool_connections=50,
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
)


@dataclass(frozen=True)
class RoleCredentials:
    """Temporary credentials of one role session."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: datetime


class RoleClients:
    """Assume roles at the local cloud's endpoint and create boto3 clients with their credentials."""

    def __init__(self, endpoint: Callable[[], str], region: str) -> None:
        self._endpoint = endpoint
        self._region = region
        self._session = boto3.Session(region_name=region)
        self._lock = threading.Lock()

    def assume(self, role_arn: str, session_name: str) -> RoleCredentials:
        """Call AssumeRole as a service. Raises botocore's ClientError."""
        service = RoleCredentials("service", "service", "", datetime.max.replace(tzinfo=UTC))
        answer = self.client("sts", service).assume_role(
            RoleArn=role_arn, RoleSessionName=session_name.ljust(_SESSION_NAME_LENGTH, "-")
        )["Credentials"]
        return RoleCredentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], answer["Expiration"]
        )

    def client(self, service: str, credentials: RoleCredentials) -> Any:
        with self._lock:  # client creation is not thread-safe in boto3
            return cast(Any, self._session.client)(
                service,
                endpoint_url=self._endpoint(),
                region_name=self._region,
                aws_access_key_id=credentials.access_key_id,
                aws_secret_access_key=credentials.secret_access_key,
                aws_session_token=credentials.session_token,
                config=_CONFIG,
            )


class RoleSession:
    """One role as one function or job assumes it. Clients live as long as the credentials."""

    def __init__(self, clients: RoleClients, role_arn: str, session_name: str) -> None:
        self._factory = clients
        self._role_arn = role_arn
        self._session_name = session_name
        self._lock = threading.Lock()
        self._credentials: RoleCredentials | None = None
        self._clients: dict[str, Any] = {}

    def sqs(self) -> SQSClient:
        return cast("SQSClient", self._client("sqs"))

    def s3(self) -> S3Client:
        return cast("S3Client", self._client("s3"))

    def logs(self) -> CloudWatchLogsClient:
        return cast("CloudWatchLogsClient", self._client("logs"))

    def streams(self) -> DynamoDBStreamsClient:
        return cast("DynamoDBStreamsClient", self._client("dynamodbstreams"))

    def _client(self, service: str) -> Any:
        with self._lock:
            if self._credentials is None or self._credentials.expires - _RENEW_BEFORE < datetime.now(UTC):
                self._credentials = self._factory.assume(self._role_arn, self._session_name)
                self._clients.clear()
            if service not in self._clients:
                self._clients[service] = self._factory.client(service, self._credentials)
            return self._clients[service]
