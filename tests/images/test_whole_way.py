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
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.story import Story
from vcpctl.demo.world import RECIPIENT, World

LIMIT = 2_000_000
PATIENCE_SECONDS = 240.0


@pytest.fixture(scope="module")
def story(world: World, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(world, tmp_path_factory.mktemp("results"), lambda *_: None, PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def outcome(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    film = make_video(tmp_path_factory.mktemp("films") / "Tést film (v2) – 日本.mp4", seconds=4)
    return story.run(film)


@pytest.fixture(scope="module")
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


def invocations(world: World) -> list[InvocationRecord]:
    ours = set(world.outputs["functionNames"].values())
    return [call for call in world.cloud.console_client.functions.invocations() if call.function in ours]


def test_a_video_is_compressed_proven_and_delivered(outcome: Outcome) -> None:
    assert outcome.record.state is State.COMPLETED, outcome.record.problem
    assert outcome.record.verdict is not None
    assert outcome.record.verdict.passed
    assert outcome.as_it_should
    assert outcome.output is not None
    assert outcome.output.stat().st_size < LIMIT
    streams = probe(outcome.output)["streams"]
    assert [(s["codec_name"], s.get("height")) for s in streams if s["codec_type"] == "video"] == [("h264", 720)]
    assert [s["tags"]["language"] for s in streams if s["codec_type"] == "audio"] == ["eng", "deu"]


def test_row_and_mails_tell_it(outcome: Outcome) -> None:
    assert outcome.row is not None
    assert outcome.row["Status"] == "Completed"
    assert outcome.row["File Name"] == "Tést film (v2) – 日本.mp4"
    assert len(outcome.mails) == 2
    assert {mail["to"] for mail in outcome.mails} == {RECIPIENT}


def test_a_playlist_named_mp4_is_refused_and_opens_nothing(story: Story, canary: WebCanary, tmp_path: Path) -> None:
    playlist = tmp_path / "film.mp4"
    playlist.write_bytes(rejected_files.hls(f"{canary.url}/a.ts") + b"#" * LIMIT)

    refused = story.run(playlist)

    assert refused.record.state is State.REJECTED
    assert refused.record.problem is not None
    assert refused.record.problem.code == "not_media"
    assert canary.visits == []


def test_the_reconciler_looks_after_them(world: World, outcome: Outcome) -> None:
    name = world.outputs["functionNames"]["reconciler"]
    answer = world.cloud.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


@pytest.mark.usefixtures("outcome")
def test_all_of_it_ran_in_containers_and_nothing_failed(world: World) -> None:
    calls = invocations(world)
    ran = {call.function for call in calls}
    assert ran == set(world.outputs["functionNames"].values())
    assert [(call.function, call.errorType) for call in calls if call.outcome != "ok"] == []
    # A container's files are its own: where a process of this machine has `/`, it has the image's root.
    environments = eventually(lambda: _settled(world), what="environments that rest")
    assert {each.function for each in environments} >= {world.door}
    for each in environments:
        root = Path(f"/proc/{each.pid}/root")
        assert (root / "opt/python/awslambdaric").is_dir(), each
        assert not (root / "bin/sh").exists(), each


def _settled(world: World) -> list[EnvironmentInfo]:
    ours = set(world.outputs["functionNames"].values())
    live = [each for each in world.cloud.console_client.functions.environments() if each.function in ours]
    return live if all(each.state == "frozen" for each in live) else []
