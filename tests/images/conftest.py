"""The built images; `make test-images` sets VCP_TEST_IMAGES to their directory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localcloud.process import RunningCloud
from tests.emulation import emulator
from vcpctl.demo.environment import DemoEnvironment, container_images, create_environment
from vcpctl.images.built import Built, built_images

#: Options like Lambda's (`localcloud.lambdahost.containers`), for tests without a cloud.
LIKE_LAMBDA = [
    "--rm",
    "--network",
    "host",
    "--read-only",
    "--tmpfs",
    "/tmp:rw,exec,size=512m,mode=1777",
    "--user",
    "993:990",
    "--cap-drop",
    "ALL",
    "--ulimit",
    "nofile=1024:1024",
    "--ulimit",
    "nproc=1024:1024",
]
#: podman makes more than /tmp writable by default.
_ONLY_TMP = {"podman": ["--read-only-tmpfs=false", "--ipc", "none"], "docker": ["--ipc", "none"]}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Skip this directory without images, as in `make test`."""
    return None if "VCP_TEST_IMAGES" in os.environ else True


@pytest.fixture(scope="session")
def place() -> Path:
    return Path(os.environ["VCP_TEST_IMAGES"])


@pytest.fixture(scope="session")
def images(place: Path) -> dict[str, Built]:
    return built_images(place)


@pytest.fixture(scope="session")
def rie() -> Path:
    """Lambda's runtime interface emulator."""
    return emulator()


@pytest.fixture(scope="session")
def environment(cloud: RunningCloud, place: Path) -> DemoEnvironment:
    """The pipeline on the local cloud, with functions running from the images."""
    limit = "2000000"
    config = {"vcp:limitBytes": limit, "vcp:compressAboveBytes": limit, "vcp:transcodeTimeoutSeconds": "1"}
    return create_environment(cloud, config, images=container_images(place))


def run_inside(
    image: Built, *command: str, options: tuple[str, ...] = (), stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """Run a program of the image in a container like Lambda's."""
    engine = image.container.engine
    run = [engine, "run", "-i", *LIKE_LAMBDA, *_ONLY_TMP[engine], *options, "--entrypoint", command[0]]
    return subprocess.run(
        [*run, image.container.reference, *command[1:]], input=stdin, capture_output=True, check=False
    )
