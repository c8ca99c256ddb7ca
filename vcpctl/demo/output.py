"""Results of the demo on the screen: Airtable row, mails, sizes, times, files."""

from __future__ import annotations

from pathlib import Path

from localcloud.process import RunningCloud
from vcp.domain.text import wording
from vcpctl.demo.outcome import Outcome
from vcpctl.screen import Screen, relative_path

_NAME_WIDTH = 22


def print_outcome(outcome: Outcome, screen: Screen) -> None:
    """Print one video's Airtable row, mails and result."""
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
            f"(limit {wording.size(record.contract.limit_bytes)}) in {wording.duration(outcome.total_seconds)}; "
            f"encoder: {wording.duration(outcome.encoder_seconds)}"
        )
    else:
        screen.say(f"\n{record.state}: {record.problem.sentence if record.problem else ''}")


def print_files(target: Path, screen: Screen) -> None:
    """Print the paths of the report and the summary."""
    screen.say(f"\nreport   {relative_path(target / 'report.html')}\nsummary  {relative_path(target / 'summary.json')}")


def print_endpoints(cloud: RunningCloud, screen: Screen) -> None:
    """Print how to reach and how to stop a cloud that was kept."""
    screen.say(
        f"\nThe local cloud is still running (process {cloud.pid}). Stop it with: kill {cloud.pid}\n"
        f"  AWS       export AWS_ENDPOINT_URL={cloud.aws} AWS_DEFAULT_REGION={cloud.region} "
        "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n"
        f"  Drive     {cloud.google}\n  Airtable  {cloud.airtable}\n  console   {cloud.console}\n"
        f"  logs      {relative_path(cloud.state_dir / 'logs')}"
    )
