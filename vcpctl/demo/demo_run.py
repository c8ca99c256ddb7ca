"""One video through the pipeline: put it into Drive, submit it as n8n does, follow it, collect the outcome."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.clock import SystemClock
from vcp.domain.reporting import airtable_rows
from vcp.domain.reporting.mails import mail_kinds
from vcp.domain.text.file_names import download_name
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import FINAL, State
from vcp.ports.ledger import Progress
from vcp.wire.ledger_table import PARTITION_KEY, SORT_KEY, mail_sort_key, video_key
from vcpctl.demo.environment import STUDIO, DemoEnvironment
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.progress import ReportProgress

_POLL_SECONDS = 0.1
_JOB_POLL_SECONDS = 1.0
#: How long the row and the mails may take after the last state.
_DELIVERY_SECONDS = 60.0
T = TypeVar("T")

_WITH_PROGRESS = (State.TRANSFERRING, State.TRANSCODING, State.VERIFYING)
#: The demo's words for stages and states; the others have their own names.
_WORDS = {
    "probing": "probing the source",
    "transferring": "copying from Drive",
    "transcoding": "compressing",
    "verifying": "verifying the result",
}


class DemoRunError(Exception):
    """A video reached no final state; the message says where it stopped and where the logs are."""


@dataclass(frozen=True)
class DemoRun:
    """Runs videos in one environment, each for at most `timeout_seconds`."""

    environment: DemoEnvironment
    folder: Path
    report: ReportProgress
    timeout_seconds: float = 3600.0

    def run(self, video: Path) -> Outcome:
        """Put a local file into Drive and follow it to its final state.

        Raises `DemoRunError` when the intake fails or the time is over.
        """
        console = self.environment.cloud.console_client
        self.report(video.name, "uploading to Drive", None, "")
        file = console.drive.drop(video, parent=self.environment.folder_id, owner=STUDIO)
        started = time.time()
        answer = self.submit(file)
        intake_seconds = time.time() - started
        record = self.watch(answer["videoId"], video.name)
        row = self._row(record)
        missing = self._missing_mails(record)
        mails = [asdict(mail) for mail in console.inbox.mails() if record.video_id in mail.body]
        last = max([mail["at"] for mail in mails], default=time.time())
        return Outcome(
            record=record,
            original=video,
            output=self._download(record),
            row=row,
            mails=mails,
            total_seconds=last - started,
            encoder_seconds=self._encoder_seconds(record),
            intake_seconds=intake_seconds,
            missing_mails=missing,
        )

    def submit(self, file: dict[str, Any]) -> dict[str, Any]:
        """Call the intake as n8n's AWS Lambda node does: synchronously, with the Drive trigger's file resource."""
        response = self.environment.cloud.client("lambda").invoke(
            FunctionName=self.environment.intake_function,
            InvocationType="RequestResponse",
            Payload=json.dumps(file).encode(),
        )
        answer = json.loads(response["Payload"].read())
        if "FunctionError" in response:
            raise DemoRunError(f"video-file-processor failed: {answer.get('errorMessage', answer)}")
        self.report(file["name"], f"{answer['status']}: {answer['reason']}", None, "")
        return dict(answer)

    def watch(self, video_id: str, name: str, meanwhile: Callable[[], None] | None = None) -> VideoRecord:
        """Follow a video to its final state; `meanwhile` is called at each poll. Raises `DemoRunError`."""
        cloud = self.environment.cloud
        ledger = DynamoLedger(cloud.client("dynamodb"), self.environment.outputs["ledgerTable"], SystemClock())
        job_percent = _JobPercent(cloud.client("mediaconvert"))

        def final_record() -> VideoRecord | None:
            if meanwhile is not None:
                meanwhile()
            record = ledger.get(video_id)
            if record is None:
                return None
            if record.state is State.TRANSCODING and record.job is not None:
                self.report(name, _WORDS["transcoding"], job_percent(record.job.job_id), "")
            else:
                self._report_progress(name, record, ledger.get_progress(video_id))
            return record if record.state in FINAL else None

        found = wait_for(final_record, self.timeout_seconds)
        if found is None:
            last = ledger.get(video_id)
            stopped_at = f"{last.state} {last.problem or ''}" if last else "unknown"
            raise DemoRunError(
                f"{name} reached no final state within {self.timeout_seconds:.0f} s: {stopped_at}; "
                f"the functions' logs are in {cloud.state_dir / 'logs'}"
            )
        return found

    def _report_progress(self, name: str, record: VideoRecord, progress: Progress | None) -> None:
        if progress is not None and progress.at >= record.updated_at and record.state in _WITH_PROGRESS:
            stage = _WORDS.get(progress.stage, progress.stage)
            self.report(name, stage, progress.percent or None, progress.detail)
        elif record.state is not State.TRANSFERRING:  # its first progress, probing, follows in a moment
            self.report(name, _WORDS.get(record.state, record.state), None, "")

    def _row(self, record: VideoRecord) -> dict[str, Any] | None:
        """Wait for the Airtable row with the final status; None if it does not come."""

        def final_row() -> dict[str, Any] | None:
            for row in self.environment.rows():
                if row.get(airtable_rows.KEY_FIELD) == record.video_id and row.get("Status") == airtable_rows.status(
                    record
                ):
                    return row
            return None

        return wait_for(final_row, _DELIVERY_SECONDS)

    def _missing_mails(self, record: VideoRecord) -> tuple[str, ...]:
        """Wait for the mails about the final state; return the kinds that did not come."""
        wanted = mail_kinds(_previous_state(record), record)

        def all_sent() -> bool:
            return all(self._mail_was_sent(record, kind) for kind in wanted)

        if wait_for(all_sent, _DELIVERY_SECONDS):
            return ()
        return tuple(kind for kind in wanted if not self._mail_was_sent(record, kind))

    def _mail_was_sent(self, record: VideoRecord, kind: str) -> bool:
        item = self.environment.cloud.client("dynamodb").get_item(
            TableName=self.environment.outputs["ledgerTable"],
            Key={
                PARTITION_KEY: {"S": video_key(record.video_id)},
                SORT_KEY: {"S": mail_sort_key(record.attempt, kind)},
            },
        )
        return "sent_at" in item.get("Item", {})

    def _download(self, record: VideoRecord) -> Path | None:
        """Download the result under the name that people see."""
        if record.result is None:
            return None
        target = self.folder / record.video_id / download_name(record.source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        body = self.environment.cloud.client("s3").get_object(
            Bucket=self.environment.outputs["compressedBucket"], Key=record.result.key
        )["Body"]
        with target.open("wb") as file:
            shutil.copyfileobj(body, file, 1024**2)
        return target

    def _encoder_seconds(self, record: VideoRecord) -> float:
        jobs = self.environment.cloud.console_client.mediaconvert.jobs()
        return sum(float(job["ffmpegSeconds"]) for job in jobs if job["userMetadata"].get("VideoId") == record.video_id)


class _JobPercent:
    """The percent of a MediaConvert job, polled at most once a second: its events come ten seconds apart at best."""

    def __init__(self, mediaconvert: Any) -> None:
        self._mediaconvert = mediaconvert
        self._polled_at = 0.0
        self._percent: float | None = None

    def __call__(self, job_id: str) -> float | None:
        if time.monotonic() - self._polled_at >= _JOB_POLL_SECONDS:
            self._polled_at = time.monotonic()
            self._percent = self._mediaconvert.get_job(Id=job_id)["Job"].get("JobPercentComplete")
        return self._percent


def _previous_state(record: VideoRecord) -> State | None:
    reached = sorted((at, name) for name, at in record.times.items() if name in set(State) and name != record.state)
    return State(reached[-1][1]) if reached else None


def wait_for(condition: Callable[[], T], limit_seconds: float) -> T | None:
    """Return the first truthy value of `condition`, or None after `limit_seconds`."""
    deadline = time.monotonic() + limit_seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_SECONDS)
    return found
