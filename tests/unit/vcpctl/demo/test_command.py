"""`vcp demo`: options, defaults, exit codes and error messages, with the environment replaced by a fake."""

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
from tests.unit.vcpctl.demo.outcomes import outcome_of
from vcpctl.cli import cli
from vcpctl.demo import command
from vcpctl.demo.demo_run import DemoRunError
from vcpctl.demo.environment import container_images
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.progress import ReportProgress
from vcpctl.signals import Stopped


class FakeDemo:
    """The command in its own build folder, with a fake environment and given outcomes."""

    def __init__(self, build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.build = build
        self.configs: list[Mapping[str, str]] = []
        self.outcomes: dict[str, str | Exception] = {}
        self.fault: BaseException | None = None
        monkeypatch.setattr(command, "_BUILD", build)
        monkeypatch.setattr(command, "_FOOTAGE", build / "footage")
        monkeypatch.setattr(command, "running_environment", self._environment)
        monkeypatch.setattr(command, "DemoRun", self._demo_run)
        # The videos are sparse files: pretend that the disk has room for them.
        roomy = shutil.disk_usage(build)._replace(free=10**12)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: roomy)

    @contextmanager
    def _environment(
        self, state: Path, config: Mapping[str, str], report: ReportProgress, *, keep: bool, images: object
    ) -> Iterator[Any]:
        self.configs.append(config)
        self.images = images
        if self.fault:
            raise self.fault
        yield None

    def _demo_run(self, environment: object, folder: Path, report: ReportProgress) -> FakeDemo:
        self.report = report
        return self

    def run(self, video: Path) -> Outcome:
        end = self.outcomes.get(video.name, "completed")
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
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDemo:
    return FakeDemo(tmp_path, monkeypatch)


def sentences(result: Result) -> str:
    return " ".join(result.output.split())


def test_reports_a_missing_video(demo: FakeDemo) -> None:
    result = demo.call("--video", "no/such/film.mov")
    assert result.exit_code == 2
    assert "There is no file no/such/film.mov; give the path of a video." in sentences(result)
    assert "Traceback" not in result.output
    assert demo.configs == [], "nothing was started"


def test_runs_the_functions_from_images_on_request(demo: FakeDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "container_images", lambda: {"the/uri": "the image"})

    demo.call("--video", demo.video())
    assert demo.images is None
    demo.call("--video", demo.video(), "--images")
    assert demo.images == {"the/uri": "the image"}


def test_reports_images_that_were_not_built(demo: FakeDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "container_images", lambda: container_images(demo.build / "images"))

    result = demo.call("--video", demo.video(), "--images")

    assert result.exit_code == 2
    assert "There are no images. Build the images: make images" in sentences(result)
    assert demo.configs == [], "nothing was started"


def test_reports_missing_footage(demo: FakeDemo) -> None:
    result = demo.call()
    assert result.exit_code == 1
    assert "scripts/footage installs it" in sentences(result)
    assert "Traceback" not in result.output


def test_the_default_limit_is_half_of_the_file(demo: FakeDemo) -> None:
    result = demo.call("--video", demo.video(size_bytes=8_000_000))
    assert "no LIMIT_BYTES given: using 4 MB (4000000 bytes); the default is half of the file" in sentences(result)
    assert demo.configs == [{"vcp:limitBytes": "4000000", "vcp:compressAboveBytes": "4000000"}]


@pytest.mark.parametrize(
    ("size_bytes", "limit"),
    [(20_000_000_000, 5_000_000_000), (1_000_000, 1_000_000)],
    ids=["at most 5 GB", "at least the smallest limit"],
)
def test_the_default_limit_stays_within_its_bounds(demo: FakeDemo, size_bytes: int, limit: int) -> None:
    demo.call("--video", demo.video(size_bytes=size_bytes))
    assert demo.configs[0]["vcp:limitBytes"] == str(limit)


def test_the_smallest_of_several_videos_sets_the_default_limit(demo: FakeDemo) -> None:
    demo.call("--video", demo.video("a.mov", 30_000_000), "--video", demo.video("b.mov", 10_000_000))
    assert demo.configs[0]["vcp:limitBytes"] == "5000000"


@pytest.mark.parametrize(
    ("options", "limit", "above"),
    [
        (["--limit-bytes", "3000000"], "3000000", "3000000"),
        (["--limit-bytes", "3000000", "--compress-above-bytes", "2000000"], "3000000", "2000000"),
        (["--limit-bytes", "3000000", "--compress-above-bytes", "0"], "3000000", "0"),
        (["--limit-bytes", "5GB", "--compress-above-bytes", "1.5 MB"], "5000000000", "1500000"),
    ],
)
def test_given_sizes_are_passed_on(demo: FakeDemo, options: list[str], limit: str, above: str) -> None:
    result = demo.call("--video", demo.video(), *options)
    assert demo.configs == [{"vcp:limitBytes": limit, "vcp:compressAboveBytes": above}]
    assert "no LIMIT_BYTES given" not in result.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--limit-bytes", "abc"], "LIMIT_BYTES: “abc” is not a size"),
        (["--limit-bytes", "5"], "LIMIT_BYTES: 5 bytes is out of range"),
        (
            ["--limit-bytes", "3MB", "--compress-above-bytes", "4MB"],
            "COMPRESS_ABOVE_BYTES (4 MB (4000000 bytes)) is above",
        ),
        (["--compress-above-bytes", "7MB"], "is above the default limit of 4 MB (4000000 bytes)"),
    ],
)
def test_rejects_an_invalid_size_before_anything_starts(demo: FakeDemo, options: list[str], sentence: str) -> None:
    result = demo.call("--video", demo.video(), *options)
    assert result.exit_code == 2
    assert sentence in sentences(result)
    assert demo.configs == []
    assert not (demo.build / "demo").exists()


def test_reports_a_failed_deployment_without_a_traceback(demo: FakeDemo) -> None:
    demo.fault = DeployError("vcp:limitBytes is 5: at least 1000000")
    result = demo.call("--video", demo.video())
    assert result.exit_code == 1
    assert "vcp:limitBytes is 5: at least 1000000" in sentences(result)
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("end", "code"), [("completed", 0), ("skipped", 0), ("rejected", 0), ("failed", 1), ("cancelled", 1)]
)
def test_the_exit_code_depends_on_the_final_state(demo: FakeDemo, end: str, code: int) -> None:
    demo.outcomes["film.mov"] = end
    result = demo.call("--video", demo.video(), "--limit-bytes", "3000000")
    assert result.exit_code == code, result.output
    (video,) = json.loads((demo.build / "demo/summary.json").read_text("utf-8"))["videos"]
    assert video["status"].lower() == end
    assert (demo.build / "demo/report.html").is_file()
    assert f"Status {video['status']}" in sentences(result)


def test_a_video_without_a_final_state_stops_no_other(demo: FakeDemo) -> None:
    demo.outcomes["a.mov"] = DemoRunError("a.mov reached no final state within 3600 s: queued")
    result = demo.call("--video", demo.video("a.mov"), "--video", demo.video("b.mov"))
    assert result.exit_code == 1
    assert "a.mov reached no final state" in sentences(result)
    (video,) = json.loads((demo.build / "demo/summary.json").read_text("utf-8"))["videos"]
    assert (video["fileName"], video["status"]) == ("b.mov", "Completed")


def test_json_goes_to_stdout_and_text_to_stderr(demo: FakeDemo) -> None:
    result = demo.call("--video", demo.video(), "--json")
    assert result.exit_code == 0
    (video,) = json.loads(result.stdout)["videos"]
    assert video["status"] == "Completed"
    assert "error" not in json.loads(result.stdout)
    assert "Airtable row" in result.stderr


@pytest.mark.parametrize(("video", "code"), [("no/such.mov", 2), ("", 1)], ids=["not started", "failed"])
def test_json_has_the_error(demo: FakeDemo, video: str, code: int) -> None:
    demo.fault = DeployError("vcp:limitBytes is 5: at least 1000000")
    result = demo.call("--video", video or demo.video(), "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == code
    assert document["videos"] == []
    assert document["error"] in sentences(result)


def test_addresses_are_not_wrapped(demo: FakeDemo) -> None:
    result = demo.call("--video", demo.video())
    (video,) = [outcome_of("completed", demo.build)]
    assert video.row is not None
    assert f"Original URL          {video.row['Original URL']}\n" in result.output


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), ConsoleError(500, "the cloud is confused")])
def test_reports_a_fault_of_the_machine_without_a_traceback(demo: FakeDemo, fault: Exception) -> None:
    demo.fault = fault
    result = demo.call("--video", demo.video())
    assert result.exit_code == 1
    assert str(fault) in sentences(result)
    assert "Traceback" not in result.output


def test_a_stop_exits_with_the_code_of_its_signal(demo: FakeDemo) -> None:
    demo.fault = Stopped(signal.SIGTERM)
    result = demo.call("--video", demo.video())
    assert result.exit_code == 128 + 15
    assert "Stopped. Nothing is left running; files of this run are in" in sentences(result)


def test_a_stop_is_reported_rather_than_a_failure_that_it_causes(demo: FakeDemo) -> None:
    try:
        try:
            raise Stopped(signal.SIGINT)
        finally:
            raise CloudFailed("the local cloud was not down after 20 s")
    except CloudFailed as failed:
        demo.fault = failed
    result = demo.call("--video", demo.video())
    assert result.exit_code == 130
    assert "Stopped. Nothing is left running" in sentences(result)


def test_shows_the_progress_without_control_characters(demo: FakeDemo) -> None:
    result = demo.call("--video", demo.video())
    assert "writing the report" in result.output
    assert "\x1b" not in result.output
