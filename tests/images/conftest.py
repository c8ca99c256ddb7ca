"""The built images; `make test-images` says where they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from localcloud.process import RunningCloud
from tests.emulation import emulator
from vcpctl.demo.environment import DemoEnvironment, container_images, create_environment
from vcpctl.images.built import Built, built_images

#: As Lambda runs them (`localcloud.lambdahost.containers`), for what is looked at without a cloud.
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
#: podman's own wish to make more than /tmp writable.
_ONLY_TMP = {"podman": ["--read-only-tmpfs=false", "--ipc", "none"], "docker": ["--ipc", "none"]}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Without images there is nothing to test: `make test` leaves this directory out."""
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
def world(cloud: RunningCloud, place: Path) -> DemoEnvironment:
    """The whole pipeline on the local cloud, its functions running from the images."""
    limit = "2000000"
    config = {"vcp:limitBytes": limit, "vcp:compressAboveBytes": limit, "vcp:transcodeTimeoutSeconds": "1"}
    return create_environment(cloud, config, images=container_images(place))


def run_inside(
    image: Built, *command: str, options: tuple[str, ...] = (), stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """A program of the image, in a container as Lambda has it."""
    engine = image.container.engine
    words = [engine, "run", "-i", *LIKE_LAMBDA, *_ONLY_TMP[engine], *options, "--entrypoint", command[0]]
    return subprocess.run(
        [*words, image.container.reference, *command[1:]], input=stdin, capture_output=True, check=False
    )
