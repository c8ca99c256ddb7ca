"""`vcp demo` in its own processes: however it stops, no process remains."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.process import stop_cloud_in
from tests.e2e.videos import make_video
from tests.processes import is_alive, running_in
from tests.waiting import eventually

pytestmark = pytest.mark.server

CTRL_C = b"\x03"
TIMEOUT_SECONDS = 120.0
#: Where to stop a demo, by its output. `make test` uses some, VCP_ALL_STOPS=1 all.
ALL_STAGES = ("starting", "deploying", "probing", "copying", "compressing", "verifying", "writing the report")
SOME_STAGES = ("compressing",)
STAGES = ALL_STAGES if os.environ.get("VCP_ALL_STOPS") else SOME_STAGES


class Demo:
    """A running `vcp demo` in a folder, with its output in files."""

    def __init__(self, folder: Path, *arguments: str | Path, stdout: int | None = None) -> None:
        self.folder = folder
        self.out, self.err = folder.with_suffix(".out"), folder.with_suffix(".err")
        command = [sys.executable, "-m", "vcpctl.main", "demo", "--folder", folder, *arguments]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                command, stdout=out if stdout is None else stdout, stderr=err, start_new_session=True
            )

    def output(self) -> str:
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def reach(self, stage: str) -> None:
        """Wait for a stage in the output, and for the encoder where it compresses."""

        def reached() -> bool:
            assert self.process.poll() is None, self.output()
            return stage in self.output() and (stage != "compressing" or encoders(self.folder) != [])

        eventually(reached, TIMEOUT_SECONDS, stage)

    def wait(self) -> int:
        return self.process.wait(TIMEOUT_SECONDS)


def encoders(folder: Path) -> list[int]:
    """Return the ids of encoding processes of a folder."""
    return [pid for pid, command in running_in(folder).items() if "-progress pipe:1" in command]


def wait_for_no_process(folder: Path) -> None:
    eventually(lambda: not running_in(folder), 30, f"nothing runs any more, but: {running_in(folder)}")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("films") / "it's a film.mp4", seconds=20, size="640x360")


@pytest.fixture(scope="module")
def short_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("films") / "short.mp4", seconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "demo"
    (tmp_path / "demo" / "kept").unlink(missing_ok=True)
    stop_cloud_in(tmp_path / "demo" / "cloud")


@pytest.mark.parametrize("stage", STAGES)
def test_two_interrupts_stop_every_process(stage: str, folder: Path, film: Path, short_film: Path) -> None:
    late = ALL_STAGES.index(stage) > ALL_STAGES.index("compressing")
    demo = Demo(folder, "--video", short_film if late else film, *([] if late else ["--limit-bytes", "8MB"]))
    demo.reach(stage)
    if stage == "compressing":
        second = Demo(folder, "--video", film)
        assert second.wait() == 2
        assert f"Another demo is running here (process {demo.process.pid})" in second.output()
    demo.process.send_signal(signal.SIGINT)
    demo.process.send_signal(signal.SIGINT)
    assert demo.wait() == 130, demo.output()
    assert running_in(folder) == {}
    assert "Stopped. Nothing is left running; files of this run are in" in demo.output()
    assert "Traceback" not in demo.output()


@pytest.mark.parametrize(("number", "stage"), [(signal.SIGTERM, "starting"), (signal.SIGHUP, "starting")])
def test_other_signals_stop_every_process(number: signal.Signals, stage: str, folder: Path, film: Path) -> None:
    demo = Demo(folder, "--video", film)
    demo.reach(stage)
    demo.process.send_signal(number)
    assert demo.wait() == 128 + number, demo.output()
    assert running_in(folder) == {}
    assert "Traceback" not in demo.output()


def test_a_killed_demo_leaves_no_process_and_the_next_one_works(folder: Path, film: Path) -> None:
    killed = Demo(folder, "--video", film, "--limit-bytes", "8MB", "--keep")
    killed.reach("compressing")
    started = running_in(folder)
    assert encoders(folder)
    killed.process.kill()
    killed.wait()
    again = Demo(
        folder, "--video", film, "--compress-above-bytes", "100MB", "--limit-bytes", "100MB", "--json", "--keep"
    )
    assert again.wait() == 0, again.output()
    assert not [command for pid, command in started.items() if is_alive(pid)]
    (video,) = json.loads(again.out.read_text("utf-8"))["videos"]
    assert (video["fileName"], video["status"]) == ("it's a film.mp4", "Skipped")

    third = Demo(folder, "--video", film)
    assert third.wait() == 2
    assert "The local cloud of an earlier demo was kept" in third.output()
    (folder / "kept").unlink()
    stop_cloud_in(folder / "cloud")
    wait_for_no_process(folder)


def test_a_closed_output_stops_the_demo(folder: Path, film: Path) -> None:
    reading, writing = os.pipe()
    demo = Demo(folder, "--video", film, stdout=writing)
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        pipe.read(1)
    assert demo.wait() == 128 + signal.SIGPIPE, demo.output()
    assert running_in(folder) == {}
    assert "Stopped." in demo.output()
    assert "Traceback" not in demo.output()


def test_ctrl_c_restores_the_terminal(folder: Path, film: Path) -> None:
    ours, theirs = pty.openpty()
    command = ["setsid", "--ctty", "--wait", sys.executable, "-m", "vcpctl.main", "demo", "--folder", str(folder)]
    environment = {**os.environ, "TERM": "xterm-256color", "CI": ""}
    process = subprocess.Popen(
        [*command, "--video", str(film)], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b""
    while "deploying" not in seen.decode(errors="replace"):
        seen += os.read(ours, 1024)
    os.write(ours, CTRL_C)
    try:
        while chunk := os.read(ours, 1024):
            seen += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    assert process.wait(TIMEOUT_SECONDS) == 130
    screen = seen.decode(errors="replace")
    assert "Stopped." in screen
    assert "Traceback" not in screen
    assert screen.rindex("\x1b[?25h") > screen.rindex("\x1b[?25l"), "the cursor is hidden"
    wait_for_no_process(folder)
