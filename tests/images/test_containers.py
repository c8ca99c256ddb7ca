"""Functions in containers of the engine that is here: their limits, and that none outlives its cloud."""

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

PATIENCE_SECONDS = 60.0
#: Does what the event says.
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
    """The built image with a function of this test in it."""
    built = images["core"].container
    folder, name = tmp_path_factory.mktemp("function"), f"vcp-test-{uuid4().hex[:8]}"
    source = folder / "app.py"
    source.write_text(SOURCE, "utf-8")
    source.chmod(0o644)
    tag = f"localhost/{name}:latest"
    try:
        for words in (
            ["create", "--name", name, built.reference],
            ["cp", str(source), f"{name}:/var/task/app.py"],
            ["commit", name, tag],
        ):
            subprocess.run([built.engine, *words], check=True, capture_output=True)
        yield ContainerImage(built.engine, tag)
    finally:
        subprocess.run([built.engine, "rm", "--force", name], capture_output=True, check=False)
        subprocess.run([built.engine, "rmi", "--force", tag], capture_output=True, check=False)


class ContainerWorkshop(Workshop):
    """Makes functions that run in containers."""

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
    made = ContainerWorkshop(cloud, tmp_path, image)
    yield made
    made.clean()


def containers(image: ContainerImage, of: str) -> list[str]:
    """Names of the containers of a cloud, running or not; `of` as `cloud_id` gives it."""
    words = ["ps", "--all", "--filter", f"name=localcloud-{of}-", "--format", "{{.Names}}"]
    return subprocess.run([image.engine, *words], capture_output=True, text=True, check=True).stdout.split()


def identity(cloud: RunningCloud) -> str:
    found = cloud_id(cloud.pid)
    assert found is not None
    return found


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def test_a_function_is_warm_the_second_time_and_frozen_in_between(workshop: ContainerWorkshop) -> None:
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
    assert cold.pid != first.body["pid"], "inside it counts its own processes"
    assert cold.maxRssKb > 5_000
    assert eventually(lambda: state(int(cold.pid or 0)) == "T")


def test_only_tmp_can_be_written_to(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE)

    assert function.invoke({"do": "write", "path": "/tmp/x"}).error is None
    for path in ("/var/task/x", "/opt/x", "/x", "/run/x", "/var/tmp/x", "/dev/shm/x"):
        answer = function.invoke({"do": "write", "path": path})
        assert answer.error == "Unhandled", path
        assert answer.body["errorType"] in ("OSError", "PermissionError", "FileNotFoundError"), path


def test_the_time_limit_ends_the_container_and_the_next_event_gets_a_new_one(workshop: ContainerWorkshop) -> None:
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


def test_more_memory_than_the_function_has_ends_it(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE, MemorySize=256, Timeout=60)
    place = Path(f"/proc/{workshop.cloud.pid}/cwd")
    there = {path.name for path in place.iterdir()}

    within, beyond = function.invoke({"do": "eat", "mb": 100}), function.invoke({"do": "eat", "mb": 2000})

    assert (within.error, within.body) == (None, 100 * 1024 * 1024)
    assert beyond.error == "Unhandled"
    assert "signal: killed" in beyond.body["errorMessage"]
    assert "oom" not in {path.name for path in place.iterdir()} - there, "what the engine notes lies about"
    assert function.invoke().error is None


def test_a_container_that_ends_by_itself_is_an_exit_error(workshop: ContainerWorkshop) -> None:
    function = workshop.function(SOURCE)

    answer = function.invoke({"do": "exit"})

    assert answer.error == "Unhandled"
    assert answer.body["errorType"] == "Runtime.ExitError"
    assert answer.body["errorMessage"].endswith("Runtime exited with error: exit status 3")


def with_a_frozen_and_a_busy_one(cloud: RunningCloud, directory: Path, image: ContainerImage) -> str:
    """The cloud's identity, two containers of it being there."""
    resting, busy = (function_in(cloud, directory, image, Timeout=300) for _ in range(2))
    assert resting.invoke().error is None
    busy.invoke({"do": "sleep"}, InvocationType="Event")
    of = identity(cloud)
    eventually(lambda: len(containers(image, of)) == 2, PATIENCE_SECONDS, "two containers")
    eventually(lambda: _states(cloud) == ["busy", "frozen"], PATIENCE_SECONDS, "one at rest and one at work")
    return of


def _states(cloud: RunningCloud) -> list[str]:
    return sorted(each.state for each in cloud.console_client.functions.environments())


def test_none_is_left_after_a_normal_stop(image: ContainerImage, tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        of = with_a_frozen_and_a_busy_one(cloud, tmp_path, image)

    assert containers(image, of) == []


def test_none_is_left_when_the_cloud_is_killed(image: ContainerImage, tmp_path: Path) -> None:
    with running_cloud(tmp_path / "cloud") as cloud:
        of = with_a_frozen_and_a_busy_one(cloud, tmp_path, image)
        os.kill(cloud.pid, signal.SIGKILL)

        eventually(lambda: containers(image, of) == [], PATIENCE_SECONDS, "no containers")


def test_what_nobody_removed_is_removed_by_the_next_cloud(image: ContainerImage, tmp_path: Path) -> None:
    """Also when the watcher, which removes them otherwise, was killed with the cloud."""
    with running_cloud(tmp_path / "killed") as killed:
        of = with_a_frozen_and_a_busy_one(killed, tmp_path, image)
        (watcher,) = _watchers(of)
        os.kill(watcher, signal.SIGKILL)
        eventually(lambda: not is_alive(watcher))
        os.kill(killed.pid, signal.SIGKILL)
        eventually(lambda: not is_alive(killed.pid))
        assert containers(image, of), "somebody else removed them"

        with running_cloud(tmp_path / "next") as following:
            assert function_in(following, tmp_path, image).invoke().error is None
            assert containers(image, of) == []
            assert len(containers(image, identity(following))) == 1


def _watchers(of: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_alive(int(entry.name)):
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0] == b"/bin/sh" and f"localcloud-{of}-".encode() in words:
                found.append(int(entry.name))
    return found
