"""The demo's working folder: one demo at a time, and what an earlier one left there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vcpctl.command_exit import CommandExit
from vcpctl.demo.workspace import clear_folder, exclusive_demo, mark_kept, stop_cloud

HOLD_CLOUD = """
import sys
from pathlib import Path
from localcloud.server import _exclusive
with _exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def silent(sentence: str) -> None:
    raise AssertionError(f"unexpected output: {sentence}")


def test_rejects_a_second_demo_and_names_the_running_one(tmp_path: Path) -> None:
    target = tmp_path / "build" / "demo"
    with (
        exclusive_demo(target),
        pytest.raises(
            CommandExit, match=rf"process {os.getpid()}\). Wait until it has ended, or stop it: kill {os.getpid()}"
        ),
        exclusive_demo(target),
    ):
        raise AssertionError("both demos run")
    with exclusive_demo(target):
        pass


def test_demos_in_different_folders_run_at_the_same_time(tmp_path: Path) -> None:
    with exclusive_demo(tmp_path / "one"), exclusive_demo(tmp_path / "two"):
        pass


def test_reports_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file", "utf-8")
    with pytest.raises(CommandExit, match="cannot write to"), exclusive_demo(tmp_path / "build" / "demo"):
        pass


def test_clears_what_a_crashed_demo_left(tmp_path: Path) -> None:
    cloud = tmp_path / "demo" / "cloud"
    cloud.mkdir(parents=True)
    (cloud / "lock").write_text("4321", "ascii")
    (cloud / "ready.json").write_text("{}", "utf-8")
    clear_folder(tmp_path / "demo", silent, is_default=True)
    assert not cloud.exists()
    assert (tmp_path / "demo").is_dir()


def test_never_empties_a_folder_that_no_demo_created(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "wedding.mov").write_bytes(b"film")
    with pytest.raises(CommandExit, match="contains files that are not from a demo"):
        clear_folder(tmp_path / "films", silent, is_default=False)
    assert (tmp_path / "films" / "wedding.mov").exists()
    for _ in range(2):  # the second time it has the demo's mark
        clear_folder(tmp_path / "new", silent, is_default=False)
        (tmp_path / "new" / "report.html").touch()


@pytest.fixture
def cloud_process(tmp_path: Path) -> subprocess.Popen[str]:
    """A process that locks the state directory of a demo's cloud until its input ends."""
    command = [sys.executable, "-c", HOLD_CLOUD, str(tmp_path / "demo" / "cloud")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_leaves_a_kept_cloud_running_and_reports_it(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    mark_kept(tmp_path / "demo")
    with pytest.raises(CommandExit, match=rf"was kept \(process {cloud_process.pid}\). Stop it first: kill"):
        clear_folder(tmp_path / "demo", silent, is_default=True)
    assert stop_cloud(tmp_path / "demo") == cloud_process.pid
    assert cloud_process.poll() is None
    cloud_process.communicate()


def test_waits_for_the_cloud_of_a_killed_demo(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    messages: list[str] = []

    def say(sentence: str) -> None:
        messages.append(sentence)
        cloud_process.communicate()

    clear_folder(tmp_path / "demo", say, is_default=True)
    assert messages == ["waiting for the local cloud of a stopped demo to shut down ..."]


def test_stops_a_cloud_that_was_not_kept(tmp_path: Path, cloud_process: subprocess.Popen[str]) -> None:
    assert stop_cloud(tmp_path / "demo") is None
    assert cloud_process.wait(30) != 0
