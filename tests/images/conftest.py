"""The built images; `make test-images` says where they are."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from localcloud.process import RunningCloud
from tests.loopback import free_port, listens
from tests.waiting import eventually
from vcpctl.demo.world import World, container_images, furnish
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
PATIENCE_SECONDS = 60.0


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
def world(cloud: RunningCloud, place: Path) -> World:
    """The whole pipeline on the local cloud, its functions running from the images."""
    limit = "2000000"
    config = {"vcp:limitBytes": limit, "vcp:compressAboveBytes": limit, "vcp:transcodePatienceSeconds": "1"}
    return furnish(cloud, config, images=container_images(place))


def run_inside(
    image: Built, *command: str, options: tuple[str, ...] = (), stdin: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    """A program of the image, in a container as Lambda has it."""
    engine = image.container.engine
    words = [engine, "run", "-i", *LIKE_LAMBDA, *_ONLY_TMP[engine], *options, "--entrypoint", command[0]]
    return subprocess.run(
        [*words, image.container.reference, *command[1:]], input=stdin, capture_output=True, check=False
    )


@dataclass(frozen=True)
class Emulated:
    """A function that runs under the emulator."""

    port: int
    name: str
    engine: str

    def invoke(self, event: Any) -> Any:
        """The answer; what a function that did not start says for itself (which the emulator answers as a 502)."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations", json.dumps(event).encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own address
                return json.loads(answer.read() or b"null")
        except HTTPError as failed:
            if failed.code != HTTPStatus.BAD_GATEWAY:
                raise
            return json.loads(failed.read())


@contextmanager
def emulated(image: Built, handler: str, variables: Mapping[str, str], *mounts: str) -> Iterator[Emulated]:
    """The image with the emulator before its own entry point, on ports of its own."""
    port, runtime_port = free_port(), free_port()
    engine, name = image.container.engine, f"vcp-emulated-{os.getpid()}-{port}"
    entry = json.loads(_inspect(image, "{{json .Config.Entrypoint}}"))
    command = [engine, "run", "--name", name, *LIKE_LAMBDA, *_ONLY_TMP[engine]]
    command += ["--volume", f"{os.environ['VCP_EMULATOR']}:/aws-lambda-rie:ro", "--entrypoint", "/aws-lambda-rie"]
    for mount in mounts:
        command += ["--volume", mount]
    for variable, value in variables.items():
        command += ["--env", f"{variable}={value}"]
    listen = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    listen += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
    process = subprocess.Popen(
        [*command, image.container.reference, *listen, *entry, handler],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: listens(port) or process.poll() is not None, PATIENCE_SECONDS, "the emulator listens")
        assert process.poll() is None, "the emulator ended"
        yield Emulated(port, name, engine)
    finally:
        subprocess.run([engine, "rm", "--force", name], capture_output=True, check=False)
        process.wait()


def _inspect(image: Built, what: str) -> str:
    command = [image.container.engine, "image", "inspect", "--format", what, image.container.reference]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
