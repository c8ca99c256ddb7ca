"""The cloud that is deployed to: boto3 clients against one endpoint, as anyone would use them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.deployer.errors import DeployError

#: One session for all clouds: it keeps the service models and endpoint data, which take a second to read.
_session = boto3.session.Session(aws_access_key_id="localcloud", aws_secret_access_key="localcloud")  # noqa: S106
_session_lock = threading.Lock()


class Cloud:
    """Clients of one endpoint in one region. Safe for use from several threads.

    Clients are untyped on purpose: requests are built from the tables of the resource types, and botocore checks
    every one of them against the service model.
    """

    def __init__(self, endpoint: str, region: str) -> None:
        self.endpoint = endpoint
        self.region = region
        self.partition = str(_session.get_partition_for_region(region))
        self._clients: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._identity: dict[str, str] | None = None
        self._regions: dict[str, Cloud] = {region: self}

    def client(self, service: str) -> Any:
        """The boto3 client of a service."""
        with self._lock:
            if service not in self._clients:
                with _session_lock:
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

    def in_region(self, region: str) -> Cloud:
        """The same cloud, in another region."""
        with self._lock:
            if region not in self._regions:
                other = Cloud(self.endpoint, region)
                other._regions = self._regions
                self._regions[region] = other
            return self._regions[region]

    @property
    def identity(self) -> dict[str, str]:
        """Who the deployer is to the cloud: `Account`, `Arn`, `UserId` of GetCallerIdentity."""
        with self._lock:
            if self._identity is None:
                self._identity = self.client("sts").get_caller_identity()
            return self._identity

    @property
    def account_id(self) -> str:
        """The account that resources are made in."""
        return self.identity["Account"]


def found(call: Callable[[], Any], *missing: str) -> Any | None:
    """The call's answer, or None where the service says (with one of these codes) that the thing does not exist."""
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
