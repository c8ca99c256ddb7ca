"""A cloud in another process: who holds a state directory, and what remains when the starter has ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.process import CloudFailed, cloud_in, is_gone, stop_cloud_in
from tests.processes import is_alive, running_in
from tests.waiting import eventually

pytestmark = pytest.mark.server

#: Starts a cloud, prints its process id, and ends at the end of its input or by a signal.
STARTER = """
import signal, sys
from pathlib import Path
from localcloud.process import running_cloud
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with running_cloud(Path(sys.argv[1]), outlives=True) as cloud:
        print(cloud.pid, flush=True)
        sys.stdin.read()
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
#: Holds the lock as a starting cloud does.
HOLDER = """
import sys
from pathlib import Path
from localcloud.server import _exclusive
with _exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


class Starter:
    """A process that starts a cloud in a state directory."""

    def __init__(self, program: str, state_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(state_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cloud"
    stop_cloud_in(tmp_path / "cloud")


def test_a_stale_lock_is_no_cloud(tmp_path: Path) -> None:
    assert cloud_in(tmp_path / "nowhere") is None
    (tmp_path / "lock").write_text("4321", "ascii")
    assert cloud_in(tmp_path) is None
    stop_cloud_in(tmp_path)


def test_finds_the_process_of_a_starting_cloud(state_dir: Path) -> None:
    starting = Starter(HOLDER, state_dir)
    assert starting.line() == "held"
    assert not (state_dir / "ready.json").exists()
    assert cloud_in(state_dir) == starting.process.pid
    assert not is_gone(state_dir, 0)
    starting.close()
    assert cloud_in(state_dir) is None


def test_reports_a_lock_of_another_program_and_kills_nothing(tmp_path: Path) -> None:
    program = "import fcntl, sys; f = open(sys.argv[1] + '/lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', "
    holder = Starter(program + "flush=True); sys.stdin.read()", tmp_path)
    assert holder.line() == "held"
    with pytest.raises(CloudFailed, match="held by a process that is not a local cloud"):
        cloud_in(tmp_path)
    holder.close()


def test_a_detached_cloud_is_stopped_by_its_directory(state_dir: Path) -> None:
    starter = Starter(STARTER, state_dir)
    pid = int(starter.line())
    starter.close()
    assert cloud_in(state_dir) == pid
    assert is_alive(pid)
    stop_cloud_in(state_dir)
    assert cloud_in(state_dir) is None
    assert not is_alive(pid)


def test_a_killed_starter_leaves_no_cloud(state_dir: Path) -> None:
    starter = Starter(STARTER, state_dir)
    starter.line()
    starter.process.kill()
    starter.process.wait(30)
    eventually(lambda: cloud_in(state_dir) is None, what="the cloud has ended")


@pytest.mark.parametrize("sign", ["localcloud.log", "lock"], ids=["its process is being started", "it is starting"])
def test_an_interruption_during_the_start_leaves_nothing_behind(state_dir: Path, sign: str) -> None:
    starter = Starter(STARTER, state_dir)
    eventually((state_dir / sign).exists, what=sign)
    starter.process.send_signal(signal.SIGINT)
    assert starter.line() == "stopped"
    assert set(running_in(state_dir)) <= {starter.process.pid}
    assert starter.process.wait(30) == 0
