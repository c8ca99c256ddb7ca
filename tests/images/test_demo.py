"""The demo's scenario with the functions running from the images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.lambdahost.journal import EnvironmentInfo, InvocationRecord
from rendering import probe
from tests.canaries import WebCanary, web_canary
from tests.e2e import rejected_files
from tests.e2e.videos import make_video
from tests.waiting import eventually
from vcp.domain.video.states import State
from vcpctl.demo.demo_run import DemoRun
from vcpctl.demo.environment import RECIPIENT, DemoEnvironment
from vcpctl.demo.outcome import Outcome

LIMIT = 2_000_000
TIMEOUT_SECONDS = 240.0


@pytest.fixture(scope="module")
def demo(environment: DemoEnvironment, tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    return DemoRun(environment, tmp_path_factory.mktemp("results"), lambda *_: None, TIMEOUT_SECONDS)


@pytest.fixture(scope="module")
def outcome(demo: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    film = make_video(tmp_path_factory.mktemp("films") / "Tést film (v2) – 日本.mp4", seconds=4)
    return demo.run(film)


@pytest.fixture(scope="module")
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


def invocations(environment: DemoEnvironment) -> list[InvocationRecord]:
    ours = set(environment.outputs["functionNames"].values())
    return [call for call in environment.cloud.console_client.functions.invocations() if call.function in ours]


def test_compresses_verifies_and_delivers_a_video(outcome: Outcome) -> None:
    assert outcome.record.state is State.COMPLETED, outcome.record.problem
    assert outcome.record.verdict is not None
    assert outcome.record.verdict.passed
    assert outcome.succeeded
    assert outcome.output is not None
    assert outcome.output.stat().st_size < LIMIT
    streams = probe(outcome.output)["streams"]
    assert [(s["codec_name"], s.get("height")) for s in streams if s["codec_type"] == "video"] == [("h264", 720)]
    assert [s["tags"]["language"] for s in streams if s["codec_type"] == "audio"] == ["eng", "deu"]


def test_writes_the_row_and_sends_the_mails(outcome: Outcome) -> None:
    assert outcome.row is not None
    assert outcome.row["Status"] == "Completed"
    assert outcome.row["File Name"] == "Tést film (v2) – 日本.mp4"
    assert len(outcome.mails) == 2
    assert {mail["to"] for mail in outcome.mails} == {RECIPIENT}


def test_rejects_a_playlist_named_mp4_without_opening_anything(
    demo: DemoRun, canary: WebCanary, tmp_path: Path
) -> None:
    playlist = tmp_path / "film.mp4"
    playlist.write_bytes(rejected_files.hls(f"{canary.url}/a.ts") + b"#" * LIMIT)

    outcome = demo.run(playlist)

    assert outcome.record.state is State.REJECTED
    assert outcome.record.problem is not None
    assert outcome.record.problem.code == "not_media"
    assert canary.visits == []


def test_the_reconciler_runs(environment: DemoEnvironment, outcome: Outcome) -> None:
    name = environment.outputs["functionNames"]["reconciler"]
    answer = environment.cloud.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.mark.usefixtures("outcome")
def test_all_functions_ran_in_containers_without_errors(environment: DemoEnvironment) -> None:
    calls = invocations(environment)
    ran = {call.function for call in calls}
    assert ran == set(environment.outputs["functionNames"].values())
    assert [(call.function, call.errorType) for call in calls if call.outcome != "ok"] == []
    # The root directory of the processes is the image's.
    environments = eventually(lambda: _settled(environment), what="frozen environments")
    assert {each.function for each in environments} >= {environment.intake_function}
    for each in environments:
        root = Path(f"/proc/{each.pid}/root")
        assert (root / "opt/python/awslambdaric").is_dir(), each
        assert not (root / "bin/sh").exists(), each


def _settled(environment: DemoEnvironment) -> list[EnvironmentInfo]:
    ours = set(environment.outputs["functionNames"].values())
    live = [each for each in environment.cloud.console_client.functions.environments() if each.function in ours]
    return live if all(each.state == "frozen" for each in live) else []
