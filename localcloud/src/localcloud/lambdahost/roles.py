"""Acting as a function's execution role: credentials from our own STS, and clients that use them.

Everything that Lambda does on a function's behalf (its code, its log lines, reading its queues and streams,
sending to its destinations) goes through here, so that enforcing IAM later bites where it bites on AWS.
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
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

_RENEW_BEFORE = timedelta(minutes=10)
#: AssumeRole wants two characters at least; a function's name may be one.
_SESSION_NAME_LENGTH = 2
_CONFIG = Config(
    connect_timeout=5, read_timeout=60, retries={"max_attempts": 1, "mode": "standard"}, max_pool_connections=50
)


@dataclass(frozen=True)
class RoleCredentials:
    """Temporary credentials of one role session."""

    access_key_id: str
    secret_access_key: str
    session_token: str
    expires: datetime

    def environment(self) -> dict[str, str]:
        """The variables in which Lambda hands them to a function."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


class RoleSession:
    """One role as one function assumes it. Clients are made once and again when credentials are renewed."""

    def __init__(self, clients: RoleClients, role_arn: str, session_name: str) -> None:
        self._clients = clients
        self._role_arn = role_arn
        self._session_name = session_name
        self._lock = threading.Lock()
        self._credentials: RoleCredentials | None = None
        self._made: dict[str, Any] = {}

    def credentials(self) -> RoleCredentials:
        with self._lock:
            return self._current()

    def sqs(self) -> SQSClient:
        return cast("SQSClient", self._client("sqs"))

    def sns(self) -> SNSClient:
        return cast("SNSClient", self._client("sns"))

    def events(self) -> EventBridgeClient:
        return cast("EventBridgeClient", self._client("events"))

    def logs(self) -> CloudWatchLogsClient:
        return cast("CloudWatchLogsClient", self._client("logs"))

    def streams(self) -> DynamoDBStreamsClient:
        return cast("DynamoDBStreamsClient", self._client("dynamodbstreams"))

    def _client(self, service: str) -> Any:
        with self._lock:
            credentials = self._current()
            if service not in self._made:
                self._made[service] = self._clients.make(service, credentials)
            return self._made[service]

    def _current(self) -> RoleCredentials:
        held = self._credentials
        if held is None or held.expires - _RENEW_BEFORE < datetime.now(UTC):
            held = self._clients.assume(self._role_arn, self._session_name)
            self._credentials = held
            self._made.clear()
        return held


class RoleClients:
    """Makes role sessions against the local cloud's endpoint, and keeps them."""

    def __init__(self, endpoint: Callable[[], str], region: str) -> None:
        self._endpoint = endpoint
        self._region = region
        self._session = boto3.Session(region_name=region)
        self._lock = threading.RLock()
        self._roles: dict[tuple[str, str], RoleSession] = {}

    def role(self, role_arn: str, session_name: str) -> RoleSession:
        with self._lock:
            key = (role_arn, session_name)
            if key not in self._roles:
                self._roles[key] = RoleSession(self, role_arn, session_name)
            return self._roles[key]

    def assume(self, role_arn: str, session_name: str) -> RoleCredentials:
        """AssumeRole as the Lambda service. The service's own identity is where IAM enforcement will check
        the role's trust policy; creating the function has looked at it already."""
        answer = self._service_sts().assume_role(
            RoleArn=role_arn, RoleSessionName=session_name.ljust(_SESSION_NAME_LENGTH, "-")
        )["Credentials"]
        return RoleCredentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], answer["Expiration"]
        )

    def make(self, service: str, credentials: RoleCredentials) -> Any:
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

    def _service_sts(self) -> STSClient:
        service = RoleCredentials("lambda.amazonaws.com", "service", "", datetime.max.replace(tzinfo=UTC))
        return cast("STSClient", self.make("sts", service))
