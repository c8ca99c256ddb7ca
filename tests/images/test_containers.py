"""Functions in containers: their limits, and that none outlives its cloud."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localcloud.context import ContainerImage
from localcloud.lambdahost.containers import cloud_id
from localcloud.process import RunningCloud, running_cloud
from tests.localcloud.lambdahost.conftest import Function, Workshop
from tests.processes import is_alive
from tests.waiting import eventually
from vcpctl.images.built import Built

TIMEOUT_SECONDS = 60.0
#: Does what the event requests.
SOURCE = """
import os, signal, time

def handler(event, context):
    do = event.get("do")
    if do == "sleep":
        print("asleep", flush=True)
        time.sleep(600)
    if do == "eat":
        eaten = bytearray(event["mb"] * 1024 * 1024)
        return len(eaten)
    if do == "exit":
        os._exit(3)
    if do == "write":
        open(event["path"], "w").write("x")
    return {"pid": os.getpid(), "uid": os.getuid(), "env": os.environ.get("COLOUR"), "region": os.environ["AWS_REGION"]}
"""


@pytest.fixture(scope="module")
def image(images: dict[str, Built], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerImage]:
    """The built image with a function of this test."""
    built = images["core"].container
    folder, name = tmp_path_factory.mktemp("function"), f"vcp-test-{uuid4().hex[:8]}"
    source = folder / "app.py"
    source.write_text(SOURCE, "utf-8")
    source.chmod(0o644)
    tag = f"localhost/{name}:latest"
    try:
        for command in (
            ["create", "--name", name, built.reference],
            ["cp", str(source), f"{name}:/var/task/app.py"],
            ["commit", name, tag],
        ):
            subprocess.run([built.engine, *command], check=True, capture_output=True)
        yield ContainerImage(built.engine, tag)
    finally:
        subprocess.run([built.engine, "rm", "--force", name], capture_output=True, check=False)
        subprocess.run([built.engine, "rmi", "--force", tag], capture_output=True, check=False)


class ContainerWorkshop(Workshop):
    """Creates functions that run in containers."""

    def __init__(self, cloud: RunningCloud, directory: Path, container: ContainerImage) -> None:
        super().__init__(cloud, directory)
        self.container = container

    def image(self, source: str) -> str:
        uri = f"registry.test/{uuid4().hex}@sha256:{uuid4().hex * 2}"
        self.cloud.console_client.functions.register_image(uri, self.container)
        return uri


def function_in(cloud: RunningCloud, directory: Path, image: ContainerImage, **settings: Any) -> Function:
    return ContainerWorkshop(cloud, directory, image).function(SOURCE, **settings)


@pytest.fixture
def workshop(cloud: RunningCloud, tmp_path: Path, image: ContainerImage) -> Iterator[ContainerWorkshop]:
    workshop = ContainerWorkshop(cloud, tmp_path, image)
    yield workshop
    workshop.clean()


def containers(image: ContainerImage, of: str) -> list[str]:
    """Return the names of a cloud's containers, running or not; `of` is its `cloud_id`."""
    command = ["ps", "--all", "--filter", f"name=localcloud-{of}-", "--format", "{{.Names}}"]
    return subprocess.run([image.engine, *command], capture_output=True, text=True, check=True).stdout.split()


def identity(cloud: RunningCloud) -> str:
    found = cloud_id(cloud.pid)
    assert found is not None
    return found


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def test_reuses_a_container_that_is_frozen_in_between(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE, Environment={"Variables": {"COLOUR": "bläulich = 3"}})

    first, second = function.invoke(), function.invoke()

    assert first.error is None
    assert first.body == second.body
    assert first.body["uid"] == 993
    assert first.body["env"] == "bläulich = 3"
    assert first.body["region"] == workshop.cloud.region
    cold, warm = function.runs()
    assert (cold.coldStart, warm.coldStart) == (True, False)
    assert cold.pid == warm.pid
    assert cold.pid is not None
    assert cold.pid != first.body["pid"], "it has a PID namespace of its own"
    assert cold.maxRssKb > 5_000
    assert eventually(lambda: state(int(cold.pid or 0)) == "T")


def test_only_tmp_is_writable(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE)

    assert function.invoke({"do": "write", "path": "/tmp/x"}).error is None
    for path in ("/var/task/x", "/opt/x", "/x", "/run/x", "/var/tmp/x", "/dev/shm/x"):
        answer = function.invoke({"do": "write", "path": path})
        assert answer.error == "Unhandled", path
        assert answer.body["errorType"] in ("OSError", "PermissionError", "FileNotFoundError"), path


def test_a_timeout_ends_the_container(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE, Timeout=1)

    answer = function.invoke({"do": "sleep"})

    assert answer.error == "Unhandled"
    assert answer.body["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert containers(workshop.container, f"{identity(workshop.cloud)}-{function.runs()[0].environment}") == []
    assert function.invoke().error is None
    timed_out, again = function.runs()
    assert (timed_out.outcome, again.outcome) == ("timeout", "ok")
    assert timed_out.pid != again.pid
    assert timed_out.pid is not None
    assert not is_alive(timed_out.pid)


def test_exceeding_the_memory_ends_the_container(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE, MemorySize=256, Timeout=60)
    directory = Path(f"/proc/{workshop.cloud.pid}/cwd")
    before = {path.name for path in directory.iterdir()}

    within, beyond = function.invoke({"do": "eat", "mb": 100}), function.invoke({"do": "eat", "mb": 2000})

    assert (within.error, within.body) == (None, 100 * 1024 * 1024)
    assert beyond.error == "Unhandled"
    assert "signal: killed" in beyond.body["errorMessage"]
    assert "oom" not in {path.name for path in directory.iterdir()} - before, "the engine left its marker"
    assert function.invoke().error is None


def test_an_exiting_container_is_an_exit_error(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE)

    answer = function.invoke({"do": "exit"})

    assert answer.error == "Unhandled"
    assert answer.body["errorType"] == "Runtime.ExitError"
    assert answer.body["errorMessage"].endswith("Runtime exited with error: exit status 3")


def with_a_frozen_and_a_busy_container(cloud: RunningCloud, directory: Path, image: ContainerImage) -> str:
    """Start two containers; return the cloud's identity."""
    frozen, busy = (function_in(cloud, directory, image, Timeout=300) for _ in range(2))
    assert frozen.invoke().error is None
    busy.invoke({"do": "sleep"}, InvocationType="Event")
    of = identity(cloud)
    eventually(lambda: len(containers(image, of)) == 2, TIMEOUT_SECONDS, "two containers")
    eventually(lambda: _states(cloud) == ["busy", "frozen"], TIMEOUT_SECONDS, "one frozen and one busy")
    return of


def _states(cloud: RunningCloud) -> list[str]:
    return sorted(each.state for each in cloud.console_client.functions.environments())


def test_removes_containers_after_a_normal_stop(image: ContainerImage, tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        of = with_a_frozen_and_a_busy_container(cloud, tmp_path, image)

    assert containers(image, of) == []


def test_removes_containers_when_the_cloud_is_killed(image: ContainerImage, tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        of = with_a_frozen_and_a_busy_container(cloud, tmp_path, image)
        os.kill(cloud.pid, signal.SIGKILL)

        eventually(lambda: containers(image, of) == [], TIMEOUT_SECONDS, "no containers")


def test_the_next_cloud_removes_remaining_containers(image: ContainerImage, tmp_path: Path) -> None:
    """The watcher, which removes them otherwise, is killed with the cloud."""
    with running_cloud(tmp_path / "killed") as killed:
        of = with_a_frozen_and_a_busy_container(killed, tmp_path, image)
        (watcher,) = _watchers(of)
        os.kill(watcher, signal.SIGKILL)
        eventually(lambda: not is_alive(watcher))
        os.kill(killed.pid, signal.SIGKILL)
        eventually(lambda: not is_alive(killed.pid))
        assert containers(image, of), "they were removed already"

        with running_cloud(tmp_path / "next") as following:
            assert function_in(following, tmp_path, image).invoke().error is None
            assert containers(image, of) == []
            assert len(containers(image, identity(following))) == 1


def _watchers(of: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name)):
            command = (entry / "cmdline").read_bytes().split(b"\0")
            if command[0] == b"/bin/sh" and f"localcloud-{of}-".encode() in command:
                found.append(int(entry.name))
    return found
