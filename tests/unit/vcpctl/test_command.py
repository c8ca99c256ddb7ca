"""`vcp demo` before it starts anything: what it refuses, what it assumes, and how it says so."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from localcloud.client import ConsoleError
from localcloud.deployer.errors import DeployError
from localcloud.process import CloudFailed
from tests.unit.vcpctl.outcomes import outcome_of
from vcpctl.cli import cli
from vcpctl.demo import command
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.story import StoryBroken
from vcpctl.demo.watching import Tell
from vcpctl.demo.world import container_images
from vcpctl.stopping import Stopped


class Stage:
    """The demo on a folder of its own, with a world that was never built and stories that are told already."""

    def __init__(self, build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.build = build
        self.configs: list[Mapping[str, str]] = []
        self.ends: dict[str, str | Exception] = {}
        self.broken: BaseException | None = None
        monkeypatch.setattr(command, "_BUILD", build)
        monkeypatch.setattr(command, "_FOOTAGE", build / "footage")
        monkeypatch.setattr(command, "open_world", self._open)
        monkeypatch.setattr(command, "Story", self._story)
        # A roomy disk, whatever this machine has: the videos are sparse files.
        roomy = shutil.disk_usage(build)._replace(free=10**12)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: roomy)

    @contextmanager
    def _open(
        self, state_dir: Path, config: Mapping[str, str], tell: Tell, *, keep: bool = False, images: object = None
    ) -> Iterator[Any]:
        self.configs.append(config)
        self.images = images
        if self.broken:
            raise self.broken

        yield None

    def _story(self, world: object, folder: Path, tell: Tell) -> Stage:
        self.tell = tell
        return self

    def run(self, video: Path) -> Outcome:
        end = self.ends.get(video.name, "completed")
        if isinstance(end, Exception):
            raise end
        return outcome_of(end, self.build, video.name)

    def video(self, name: str = "film.mov", size_bytes: int = 8_000_000) -> Path:
        path = self.build / name
        with path.open("wb") as file:
            file.truncate(size_bytes)
        return path

    def call(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(cli, ["demo", *map(str, arguments)])


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(tmp_path, monkeypatch)


def sentences(result: Result) -> str:
    return " ".join(result.output.split())


def test_a_video_that_is_not_there_is_a_sentence_and_an_exit_code(stage: Stage) -> None:
    result = stage.call("--video", "no/such/film.mov")
    assert result.exit_code == 2
    assert "There is no file no/such/film.mov; give VIDEO=path/to/a/video." in sentences(result)
    assert "Traceback" not in result.output
    assert stage.configs == [], "nothing was started"


def test_functions_run_from_the_images_when_that_is_asked_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "container_images", lambda: {"the/uri": "the image"})

    stage.call("--video", stage.video())
    assert stage.images is None
    stage.call("--video", stage.video(), "--images")
    assert stage.images == {"the/uri": "the image"}


def test_images_that_were_not_built_are_a_sentence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "container_images", lambda: container_images(stage.build / "images"))

    result = stage.call("--video", stage.video(), "--images")

    assert result.exit_code == 2
    assert "There are no images. Build the images: make images" in sentences(result)
    assert stage.configs == [], "nothing was started"


def test_footage_that_is_missing_is_a_sentence(stage: Stage) -> None:
    result = stage.call()
    assert result.exit_code == 1
    assert "scripts/footage installs it" in sentences(result)
    assert "Traceback" not in result.output


def test_the_limit_is_half_of_the_file_and_says_so(stage: Stage) -> None:
    result = stage.call("--video", stage.video(size_bytes=8_000_000))
    assert "no LIMIT_BYTES given: taking 4 MB (4000000 bytes), about half of the file" in sentences(result)
    assert stage.configs == [{"vcp:limitBytes": "4000000", "vcp:compressAboveBytes": "4000000"}]


@pytest.mark.parametrize(
    ("size_bytes", "limit"),
    [(20_000_000_000, 5_000_000_000), (1_000_000, 1_000_000)],
    ids=["at most 5 GB", "at least what a contract may promise"],
)
def test_the_limit_stays_in_its_bounds(stage: Stage, size_bytes: int, limit: int) -> None:
    stage.call("--video", stage.video(size_bytes=size_bytes))
    assert stage.configs[0]["vcp:limitBytes"] == str(limit)


def test_of_several_videos_the_smallest_sets_the_limit(stage: Stage) -> None:
    stage.call("--video", stage.video("a.mov", 30_000_000), "--video", stage.video("b.mov", 10_000_000))
    assert stage.configs[0]["vcp:limitBytes"] == "5000000"


@pytest.mark.parametrize(
    ("options", "limit", "above"),
    [
        (["--limit-bytes", "3000000"], "3000000", "3000000"),
        (["--limit-bytes", "3000000", "--compress-above-bytes", "2000000"], "3000000", "2000000"),
        (["--limit-bytes", "3000000", "--compress-above-bytes", "0"], "3000000", "0"),
        (["--limit-bytes", "5GB", "--compress-above-bytes", "1.5 MB"], "5000000000", "1500000"),
    ],
)
def test_what_is_given_is_taken_as_it_is(stage: Stage, options: list[str], limit: str, above: str) -> None:
    result = stage.call("--video", stage.video(), *options)
    assert stage.configs == [{"vcp:limitBytes": limit, "vcp:compressAboveBytes": above}]
    assert "no LIMIT_BYTES given" not in result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--limit-bytes", "abc"], "LIMIT_BYTES: “abc” is no size"),
        (["--limit-bytes", "5"], "LIMIT_BYTES: 5 bytes cannot be promised"),
        (
            ["--limit-bytes", "3MB", "--compress-above-bytes", "4MB"],
            "COMPRESS_ABOVE_BYTES (4 MB, 4000000 bytes) is above",
        ),
        (["--compress-above-bytes", "7MB"], "is above the limit of 4 MB, 4000000 bytes, about half of the file"),
    ],
)
def test_a_size_that_cannot_be_is_said_before_anything_starts(stage: Stage, options: list[str], sentence: str) -> None:
    result = stage.call("--video", stage.video(), *options)
    assert result.exit_code == 2
    assert sentence in sentences(result)
    assert stage.configs == []
    assert not (stage.build / "demo").exists()


def test_a_deployment_that_fails_is_told_without_a_traceback(stage: Stage) -> None:
    stage.broken = DeployError("vcp:limitBytes is 5: at least 1000000")
    result = stage.call("--video", stage.video())
    assert result.exit_code == 1
    assert "vcp:limitBytes is 5: at least 1000000" in sentences(result)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("end", "code"), [("completed", 0), ("skipped", 0), ("rejected", 0), ("failed", 1), ("cancelled", 1)]
)
def test_the_exit_code_says_whether_it_ended_as_it_should(stage: Stage, end: str, code: int) -> None:
    stage.ends["film.mov"] = end
    result = stage.call("--video", stage.video(), "--limit-bytes", "3000000")
    assert result.exit_code == code, result.output
    (video,) = json.loads((stage.build / "demo/summary.json").read_text("utf-8"))["videos"]
    assert video["status"].lower() == end
    assert (stage.build / "demo/report.html").is_file()
    assert f"Status {video['status']}" in sentences(result)


def test_a_story_without_an_end_leaves_the_others_theirs(stage: Stage) -> None:
    stage.ends["a.mov"] = StoryBroken("a.mov came to no end within 3600 s: queued")
    result = stage.call("--video", stage.video("a.mov"), "--video", stage.video("b.mov"))
    assert result.exit_code == 1
    assert "a.mov came to no end" in sentences(result)
    (video,) = json.loads((stage.build / "demo/summary.json").read_text("utf-8"))["videos"]
    assert (video["fileName"], video["status"]) == ("b.mov", "Completed")


def test_json_is_one_document_and_people_read_elsewhere(stage: Stage) -> None:
    result = stage.call("--video", stage.video(), "--json")
    assert result.exit_code == 0
    (video,) = json.loads(result.stdout)["videos"]
    assert video["status"] == "Completed"
    assert "error" not in json.loads(result.stdout)
    assert "Airtable row" in result.stderr


@pytest.mark.parametrize(("video", "code"), [("no/such.mov", 2), ("", 1)], ids=["refused", "failed"])
def test_json_says_why_there_is_nothing(stage: Stage, video: str, code: int) -> None:
    stage.broken = DeployError("vcp:limitBytes is 5: at least 1000000")
    result = stage.call("--video", video or stage.video(), "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == code
    assert document["videos"] == []
    assert document["error"] in sentences(result)


def test_addresses_in_a_file_are_whole(stage: Stage) -> None:
    """A row whose address is cut is of no use."""
    result = stage.call("--video", stage.video())
    (video,) = [outcome_of("completed", stage.build)]
    assert video.row is not None
    assert f"Original URL          {video.row['Original URL']}\n" in result.output


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), ConsoleError(500, "the cloud is confused")])
def test_a_fault_of_the_machine_is_a_sentence(stage: Stage, fault: Exception) -> None:
    stage.broken = fault
    result = stage.call("--video", stage.video())
    assert result.exit_code == 1
    assert str(fault) in sentences(result)
    assert "Traceback" not in result.output


def test_a_stop_is_one_sentence_and_the_code_of_its_signal(stage: Stage) -> None:
    stage.broken = Stopped(signal.SIGTERM)
    result = stage.call("--video", stage.video())
    assert result.exit_code == 128 + 15
    assert "Stopped. Nothing is left running; what there was of it is in" in sentences(result)


def test_a_cloud_that_does_not_go_down_after_a_stop_is_no_failure_of_its_own(stage: Stage) -> None:
    try:
        try:
            raise Stopped(signal.SIGINT)
        finally:
            raise CloudFailed("the local cloud was not down after 20 s")
    except CloudFailed as failed:
        stage.broken = failed
    result = stage.call("--video", stage.video())
    assert result.exit_code == 130
    assert "Stopped. Nothing is left running" in sentences(result)


def test_the_demo_shows_what_its_story_tells(stage: Stage) -> None:
    result = stage.call("--video", stage.video())
    assert "writing the report" in result.output
    assert "\x1b" not in result.output
