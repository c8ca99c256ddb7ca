"""The local cloud as a process: start, console and stop."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from localcloud.client import Console, ConsoleError
from localcloud.process import CloudFailed, RunningCloud, running_cloud


def test_the_ready_file_has_the_urls_of_every_api(cloud: RunningCloud) -> None:
    for url in (cloud.aws, cloud.google, cloud.airtable, cloud.console):
        assert url.startswith("http://127.0.0.1:")
        assert requests.get(url, timeout=10).status_code < 500
    assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_console_returns_health_and_journal(cloud: RunningCloud) -> None:
    health = cloud.console_client.health()

    assert health == {"status": "running", "endpoint": cloud.aws, "region": "us-east-1"}
    assert isinstance(cloud.console_client.activity("none"), list)


def test_console_rejects_an_unknown_route_by_name(cloud: RunningCloud) -> None:
    with pytest.raises(ConsoleError, match="no console route GET /nowhere") as raised:
        cloud.console_client.call("GET", "/nowhere")

    assert raised.value.status == 404


def test_console_rejects_a_body_that_is_no_object(cloud: RunningCloud) -> None:
    for body in ("[1]", "{"):
        answer = requests.post(cloud.console + "/inbox/confirm", data=body, timeout=10)

        assert answer.status_code == 400
        assert answer.json()["error"]


def test_a_port_in_use_is_one_sentence(cloud: RunningCloud, tmp_path: Path) -> None:
    port = cloud.aws.rsplit(":", 1)[1]

    ended = subprocess.run(
        [sys.executable, "-m", "localcloud", "serve", "--state-dir", str(tmp_path), "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.strip().splitlines()[-1].startswith(f"localcloud cannot start: port {port} for the AWS")
    assert "Traceback" not in ended.stderr


def test_an_unreadable_image_map_is_one_sentence(tmp_path: Path) -> None:
    images = tmp_path / "images.json"
    images.write_text('{"repo@sha256:1": {"python": "/usr/bin/python3"}}')

    with (
        pytest.raises(CloudFailed, match=r"the image map .*images\.json cannot be read: .*an image needs workingD"),
        running_cloud(tmp_path / "state", options=["--images", str(images)]),
    ):
        pass


def test_a_state_directory_has_one_cloud(cloud: RunningCloud) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "localcloud", "serve", "--state-dir", str(cloud.state_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert "another local cloud runs in the state directory" in second.stderr


@pytest.mark.parametrize("how", ["SIGINT", "console", "stdin"])
def test_stops_cleanly(tmp_path: Path, how: str) -> None:
    """The fixture `cloud` ends with SIGTERM, and fails unless the cloud exits with 0."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "localcloud", "serve", "--state-dir", str(tmp_path)]
    command += ["--ready-file", str(ready), "--until-stdin-closes"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stdin is not None
    console = ""
    for line in process.stderr:
        if "ready: " in line:
            console = json.loads(line.split("ready: ", 1)[1])["console"]
            break
    assert ready.exists()

    match how:
        case "console":
            Console(console).stop()
        case "stdin":
            process.stdin.close()
        case _:
            process.send_signal(signal.SIGINT)
    rest = process.stderr.read()

    assert process.wait(20) == 0
    assert "Traceback" not in rest
    with pytest.raises(requests.ConnectionError):
        requests.get(console, timeout=5)


#: A signal delivered to another thread while the main thread sleeps, as happens while threads start processes.
SIGNAL_IN_THREAD = """
import os, signal, sys, threading
from pathlib import Path
from localcloud.server import wait_for_stop

def receive():
    asleep = 0
    while asleep < 100:
        waits = sys._current_frames()[threading.main_thread().ident].f_code.co_name == "wait"
        state = Path(f"/proc/self/task/{os.getpid()}/stat").read_text().rpartition(")")[2].split()[0]
        asleep = asleep + 1 if waits and state == "S" else 0
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

stopping = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
threading.Thread(target=receive).start()
wait_for_stop(stopping)
print("stopped")
"""


def test_handles_a_signal_delivered_to_another_thread() -> None:
    command = [sys.executable, "-c", SIGNAL_IN_THREAD]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == "stopped\n"
