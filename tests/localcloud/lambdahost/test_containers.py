"""Functions in containers with a fake engine; tests/images has a real one."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localcloud.context import ContainerImage, LocalImage, image_document, image_of
from localcloud.lambdahost.containers import (
    Containers,
    UnavailableError,
    cloud_id,
    remove_leftovers,
    run_command,
)
from localcloud.lambdahost.environment import ExecutionEnvironment
from localcloud.lambdahost.invocation import Invocation
from localcloud.lambdahost.logs import LogStream
from localcloud.roles import RoleClients, RoleCredentials, RoleSession
from tests.function_specs import SPEC
from tests.waiting import eventually

IMAGE = ContainerImage("podman", "an-image")
#: An engine that knows one image, and whose containers are processes with the variables that it was given.
ENGINE = """#!{python}
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
with open(here + "/calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
what = sys.argv[1]
if what == "image":
    sys.exit("no such image") if sys.argv[-1] == "unknown" else print("sha256:id")
elif what == "ps":
    print(open(here + "/names").read() if os.path.exists(here + "/names") else "")
elif what == "inspect":
    print(open(here + "/pid").read() if os.path.exists(here + "/pid") else 0)
elif what == "run":
    {run}
"""
RUNS = """names = [sys.argv[i + 1] for i, each in enumerate(sys.argv) if each == "--env"]
    given = {name.partition("=")[0]: name.partition("=")[2] or os.environ.get(name, "") for name in names}
    open(here + "/pid", "w").write(str(os.getpid()))
    open(here + "/place", "w").write(os.getcwd())
    os.chdir(here)
    os.execve(sys.executable, [sys.executable, "-m", "awslambdaric", sys.argv[-1]], given)"""
FAILS = 'print("Error: no room in the inn"); sys.exit(125)'


@pytest.fixture
def bin_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The PATH: what a shell needs, and no engine."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for tool in ("sh", "cat"):
        (directory / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(directory))
    return directory


def engine(directory: Path, run: str = RUNS, name: str = "podman") -> Path:
    executable = directory / name
    executable.write_text(ENGINE.replace("{python}", sys.executable).replace("{run}", run))
    executable.chmod(executable.stat().st_mode | stat.S_IXUSR)
    return executable


def calls(directory: Path) -> list[list[str]]:
    return [json.loads(line) for line in (directory / "calls").read_text().splitlines()]


def environment(tmp_path: Path, variables: Mapping[str, str]) -> ExecutionEnvironment:
    spec = replace(SPEC, environment=tuple(variables.items()))
    role = RoleSession(RoleClients(lambda: "http://127.0.0.1:9", "us-east-1"), spec.role_arn, "fn")
    return ExecutionEnvironment(
        spec,
        IMAGE,
        RoleCredentials("id", "secret", "token", datetime.now(UTC) + timedelta(hours=1)),
        LogStream(spec, role, tmp_path / "fn.log"),
        endpoint="http://127.0.0.1:9",
        directory=tmp_path / "environments",
        init_limit_seconds=10,
    )


def test_function_runs_in_its_container_with_variables_of_lambda_and_its_own(
    tmp_path: Path, bin_directory: Path
) -> None:
    source = """
    import os
    def handler(event, context):
        names = ("COLOUR", "PATH", "AWS_REGION", "LAMBDA_TASK_ROOT", "HOME", "VCP_OF_THE_HOST")
        return [event, *(os.environ.get(name) for name in names)]
    """
    engine(bin_directory)
    (bin_directory / "app.py").write_text(textwrap.dedent(source))
    os.environ["VCP_OF_THE_HOST"] = "not for functions"
    running = environment(tmp_path, {"COLOUR": "a secret colour", "PATH": "/of/the/function"})

    try:
        run = running.run(Invocation(b'{"number": 1}', "test"))
        pid = running.pid
        again = running.run(Invocation(b'{"number": 2}', "test"))
    finally:
        running.end()
        del os.environ["VCP_OF_THE_HOST"]

    seen = ["a secret colour", "/of/the/function", "us-east-1", "/var/task", None, None]
    assert json.loads(run.body) == [{"number": 1}, *seen]
    assert json.loads(again.body) == [{"number": 2}, *seen]
    assert again.init_ms is None
    assert pid == int((bin_directory / "pid").read_text())
    assert Path((bin_directory / "place").read_text()).parent == tmp_path / "environments", "not where the cloud runs"
    assert not any("a secret colour" in word for call in calls(bin_directory) for word in call)


def test_container_has_the_restrictions_of_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    words = run_command("name", replace(SPEC, memory_mb=300, ephemeral_storage_mb=700), IMAGE, {})
    line = " ".join(words)

    assert "--read-only " in line
    assert "--tmpfs /tmp:rw,exec,size=700m,mode=1777 " in line
    assert "--memory 300m --memory-swap 300m " in line
    assert "--user 993:990 " in line
    assert "--cap-drop ALL " in line
    assert words[-2:] == [IMAGE.reference, *SPEC.command]


def test_failure_of_the_engine_is_a_function_error_with_its_message(tmp_path: Path, bin_directory: Path) -> None:
    engine(bin_directory, FAILS)

    run = environment(tmp_path, {}).run(Invocation(b"{}", "test"))

    assert run.outcome == "exit"
    assert "podman could not start the container: Error: no room in the inn" in json.loads(run.body)["errorMessage"]


def test_missing_engine_and_missing_image_are_explained(bin_directory: Path) -> None:
    with pytest.raises(UnavailableError, match="podman is not installed here; install it"):
        Containers().prepare(IMAGE)
    engine(bin_directory)
    with pytest.raises(UnavailableError, match="podman has no image unknown; build or pull it first"):
        Containers().prepare(ContainerImage("podman", "unknown"))


def test_image_is_resolved_to_its_id(bin_directory: Path) -> None:
    engine(bin_directory)

    assert Containers().prepare(IMAGE) == ContainerImage("podman", "sha256:id")


def test_removes_only_containers_of_ended_clouds(bin_directory: Path) -> None:
    engine(bin_directory)
    ended = subprocess.Popen(["/bin/true"])
    gone = f"localcloud-{ended.pid}x1-abc"
    ended.wait()
    before_us = f"localcloud-{os.getpid()}x1-abc"  # the same process id, before a restart of the machine
    ours = f"localcloud-{cloud_id()}-abc"
    (bin_directory / "names").write_text("\n".join([gone, before_us, ours, "unrelated"]))

    remove_leftovers("podman")

    (removing,) = [call for call in calls(bin_directory) if call[0] == "rm"]
    assert [word for word in removing if not word.startswith("-")] == ["rm", "0", gone, before_us]


def test_zombie_counts_as_ended() -> None:
    cloud = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert cloud.stdin is not None
    assert str(cloud_id(cloud.pid)).startswith(f"{cloud.pid}x")

    cloud.stdin.close()

    eventually(lambda: cloud_id(cloud.pid) is None)
    assert Path(f"/proc/{cloud.pid}/stat").exists()
    cloud.wait()


@pytest.mark.parametrize("image", [IMAGE, LocalImage("/usr/bin/python3", "/srv", {"PATH": "/bin"})], ids=repr)
def test_image_round_trips_through_its_document(image: ContainerImage | LocalImage) -> None:
    assert image_of(json.loads(json.dumps(image_document(image)))) == image


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({}, "needs python, workingDirectory"),
        ({"python": "p"}, "needs workingDirectory"),
        ({"engine": "podman"}, "needs image"),
        ({"engine": "lxc", "image": "i"}, "podman or docker, not lxc"),
    ],
)
def test_names_what_is_missing(document: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        image_of(document)
