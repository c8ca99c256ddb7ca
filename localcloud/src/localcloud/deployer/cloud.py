"""The cloud to deploy to: boto3 clients of one endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.deployer.errors import DeployError

#: One session for all clouds: reading service models and endpoint data takes a second.
_session = boto3.session.Session(aws_access_key_id="localcloud", aws_secret_access_key="localcloud")  # noqa: S106
_session_lock = threading.Lock()


class Cloud:
    """Clients of one endpoint in one region. Safe for use from several threads.

    The clients are untyped: requests are built from the tables of the resource types, and botocore validates them.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        self.partition = str(_session.get_partition_for_region(region))
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        with _session_lock:
            if service not in self._clients:
                self._clients[service] = _session.client(
                    service,  # type: ignore[call-overload]
                    region_name=self.region,
                    endpoint_url=self.endpoint,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 3},
                        s3={"addressing_style": "path"},
                        max_pool_connections=20,
                    ),
                )
            return self._clients[service]

    @cached_property
    def identity(self) -> dict[str, str]:
        """`Account`, `Arn` and `UserId` of GetCallerIdentity."""
        identity: dict[str, str] = self.client("sts").get_caller_identity()
        return identity


def found(call: Callable[[], Any], *missing: str) -> Any | None:
    """The call's response, or None when it fails with one of the error codes `missing`."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in missing:
            return None
        raise


def wait_until(done: Callable[[], bool], what: str, *, limit_seconds: float = 60) -> None:
    """Poll until `done`; raises DeployError naming `what` when the limit passes."""
    pause = threading.Event()
    interval = 0.02
    waited = 0.0
    while not done():
        if waited >= limit_seconds:
            raise DeployError(f"{what} did not happen within {limit_seconds:.0f} s")
        pause.wait(interval)
        waited += interval
        interval = min(interval * 1.5, 1.0)
