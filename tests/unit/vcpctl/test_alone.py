"""One demo at a time, and what an earlier one may leave in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vcpctl.demo.alone import clear, end_cloud, mark_kept, the_only_demo
from vcpctl.ending import Ending

HOLD_CLOUD = """
import sys
from pathlib import Path
from localcloud.server import _exclusive
with _exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def unsaid(sentence: str) -> None:
    raise AssertionError(f"nothing was to be said: {sentence}")


def test_a_second_demo_is_told_which_one_runs(tmp_path: Path) -> None:
    target = tmp_path / "build" / "demo"
    with (
        the_only_demo(target),
        pytest.raises(
            Ending, match=rf"process {os.getpid()}\). Wait until it has ended, or stop it: kill {os.getpid()}"
        ),
        the_only_demo(target),
    ):
        raise AssertionError("it was let in")
    with the_only_demo(target):
        pass


def test_another_folder_is_another_demo(tmp_path: Path) -> None:
    with the_only_demo(tmp_path / "one"), the_only_demo(tmp_path / "two"):
        pass


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file", "utf-8")
    with pytest.raises(Ending, match="cannot write to"), the_only_demo(tmp_path / "build" / "demo"):
        pass


def test_what_a_crashed_demo_left_is_cleared(tmp_path: Path) -> None:
    cloud = tmp_path / "demo" / "cloud"
    cloud.mkdir(parents=True)
    (cloud / "lock").write_text("4321", "ascii")
    (cloud / "ready.json").write_text("{}", "utf-8")
    clear(tmp_path / "demo", unsaid, is_ours=True)
    assert not cloud.exists()
    assert (tmp_path / "demo").is_dir()


def test_a_folder_of_somebody_else_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "wedding.mov").write_bytes(b"film")
    with pytest.raises(Ending, match="holds something that is not of the demo"):
        clear(tmp_path / "films", unsaid, is_ours=False)
    assert (tmp_path / "films" / "wedding.mov").exists()
    for _ in range(2):  # the second time it is known as the demo's own
        clear(tmp_path / "new", unsaid, is_ours=False)
        (tmp_path / "new" / "report.html").touch()


@pytest.fixture
def cloud_process(tmp_path: Path) -> subprocess.Popen[str]:
    """A process that holds the state directory of a demo's cloud until its input ends."""
    command = [sys.executable, "-c", HOLD_CLOUD, str(tmp_path / "demo" / "cloud")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_cloud_that_was_kept_is_left_alone_and_told_of(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    mark_kept(tmp_path / "demo")
    with pytest.raises(Ending, match=rf"was kept \(process {cloud_process.pid}\). Stop it first: kill"):
        clear(tmp_path / "demo", unsaid, is_ours=True)
    assert end_cloud(tmp_path / "demo") == cloud_process.pid
    assert cloud_process.poll() is None
    cloud_process.communicate()


def test_a_cloud_whose_demo_was_killed_is_waited_for(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    said: list[str] = []

    def say(sentence: str) -> None:
        said.append(sentence)
        cloud_process.communicate()

    clear(tmp_path / "demo", say, is_ours=True)
    assert said == ["waiting for the local cloud of a demo that was stopped ..."]


def test_a_cloud_that_nobody_kept_is_ended(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    assert end_cloud(tmp_path / "demo") is None
    assert cloud_process.wait(30) != 0
