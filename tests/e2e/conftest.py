"""The environment that end-to-end tests share, since a deployment takes 20 seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localcloud.process import RunningCloud
from tests.canaries import WebCanary, web_canary
from tests.e2e.environment import LIMIT, SMALL_BYTES, Environment, Requests, create, requests_of

CONFIG = {
    "vcp:limitBytes": str(LIMIT),
    "vcp:compressAboveBytes": str(SMALL_BYTES),
    # Tests invoke the reconciler: then it checks every job, and queues no video that another test holds back.
    "vcp:reconcileRate": "rate(1 hour)",
    "vcp:transcodeTimeoutSeconds": "1",
    "vcp:queueTimeoutSeconds": "3600",
}


@pytest.fixture(scope="session")
def requests_before(cloud: RunningCloud) -> Requests:
    """Return the requests to the cloud before the pipeline was deployed."""
    return requests_of(cloud)


@pytest.fixture(scope="session")
def environment(
    cloud: RunningCloud, requests_before: Requests, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Return the shared environment. A test that changes its settings or its folder needs its own."""
    return create(cloud, tmp_path_factory.mktemp("environment"), CONFIG)


@pytest.fixture(scope="module")
def canary() -> Iterator[WebCanary]:
    with web_canary() as canary:
        yield canary
