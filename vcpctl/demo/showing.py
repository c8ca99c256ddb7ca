"""What came of the demo, on the screen: the row, the mails, sizes and times, and where the rest lies."""

from __future__ import annotations

from pathlib import Path

from localcloud.process import RunningCloud
from vcp.domain.text import wording
from vcpctl.demo.outcome import Outcome
from vcpctl.screen import Screen, near

_NAME_WIDTH = 22


def show_outcome(outcome: Outcome, screen: Screen) -> None:
    """One video: its Airtable row, its mails, and what it came to."""
    record = outcome.record
    screen.say("\nAirtable row", style="bold")
    for name, value in (outcome.row or {"(no row)": ""}).items():
        screen.say(f"{name:<{_NAME_WIDTH}}{str(value).replace(chr(10), ' ')}")
    for mail in outcome.mails:
        screen.say(f"\nMail to {mail['to']}: {mail['subject']}", style="bold")
        screen.say(mail["body"])
    if record.result is not None:
        screen.say(
            f"\n{wording.size(record.source.size_bytes or 0)} -> {wording.size(record.result.size_bytes)} "
            f"(limit {wording.size(record.contract.limit_bytes)}) in {wording.duration(outcome.total_seconds)}, "
            f"of which the encoder took {wording.duration(outcome.encoder_seconds)}"
        )
    else:
        screen.say(f"\n{record.state}: {record.problem.sentence if record.problem else ''}")


def show_files(target: Path, screen: Screen) -> None:
    """Where the report and the summary lie."""
    screen.say(f"\nreport   {near(target / 'report.html')}\nsummary  {near(target / 'summary.json')}")


def show_how_to_reach(cloud: RunningCloud, screen: Screen) -> None:
    """A cloud that was kept: how to talk to it, and how to end it."""
    screen.say(
        f"\nThe local cloud is left running (process {cloud.pid}). Stop it with: kill {cloud.pid}\n"
        f"  AWS       export AWS_ENDPOINT_URL={cloud.aws} AWS_DEFAULT_REGION={cloud.region} "
        "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n"
        f"  Drive     {cloud.google}\n  Airtable  {cloud.airtable}\n  console   {cloud.console}\n"
        f"  logs      {near(cloud.state_dir / 'logs')}"
    )
