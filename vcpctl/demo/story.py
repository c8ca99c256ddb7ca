"""The story of one video: dropped in Drive, announced as n8n does, watched to its end, collected."""

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
from vcpctl.demo.outcome import Outcome
from vcpctl.demo.watching import Tell
from vcpctl.demo.world import STUDIO, World

_POLL_SECONDS = 0.1
_ASK_EVERY_SECONDS = 1.0
#: After the last state: how long row and mails may take.
_AFTERMATH_SECONDS = 60.0
T = TypeVar("T")

_UNDER_WAY = (State.TRANSFERRING, State.TRANSCODING, State.VERIFYING)
#: Stages and states as people say them; the others as they are.
_WORDS = {
    "probing": "looking into the source",
    "transferring": "copying from Drive",
    "transcoding": "compressing",
    "verifying": "proving the result",
}


class StoryBroken(Exception):  # noqa: N818 - told to a person, with what was last seen
    """The pipeline did not bring the video to an end; the message says where it stands and where to look."""


@dataclass(frozen=True)
class Story:
    """Tells the stories of videos in one world. `patience_seconds` bounds the wait for an end."""

    world: World
    folder: Path
    tell: Tell
    patience_seconds: float = 3600.0

    def run(self, video: Path) -> Outcome:
        """Drop a local file into the folder and follow it to its end.

        Raises `StoryBroken` when the door fails or no end comes within the patience.
        """
        self.tell(video.name, "dropping it into Drive", None, "")
        file = self.world.cloud.console_client.drive.drop(video, parent=self.world.folder_id, owner=STUDIO)
        started = time.time()
        answer = self.call_the_door(file)
        intake_seconds = time.time() - started
        record = self.watch(answer["videoId"], video.name)
        row = self._row(record)
        missing = self._missing_mails(record)
        mails = [asdict(m) for m in self.world.cloud.console_client.inbox.mails() if record.video_id in m.body]
        last = max([mail["at"] for mail in mails], default=time.time())
        return Outcome(
            record=record,
            original=video,
            output=self._fetch(record),
            row=row,
            mails=mails,
            total_seconds=last - started,
            encoder_seconds=self._encoder_seconds(record),
            intake_seconds=intake_seconds,
            missing_mails=missing,
        )

    def call_the_door(self, file: dict[str, Any]) -> dict[str, Any]:
        """As n8n's AWS Lambda node does it: RequestResponse, the Drive trigger's file resource as the payload."""
        functions = self.world.cloud.client("lambda")
        answer = functions.invoke(
            FunctionName=self.world.door,
            InvocationType="RequestResponse",
            Payload=json.dumps(file).encode(),
        )
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise StoryBroken(f"video-file-processor failed: {body.get('errorMessage', body)}")
        self.tell(file["name"], f"{body['status']}: {body['reason']}", None, "")
        return dict(body)

    def watch(self, video_id: str, name: str, meanwhile: Callable[[], None] | None = None) -> VideoRecord:
        """Follow a video to its end; `meanwhile` runs at each look. Raises `StoryBroken`."""
        ledger = DynamoLedger(self.world.cloud.client("dynamodb"), self.world.outputs["ledgerTable"], SystemClock())

        def ended() -> VideoRecord | None:
            if meanwhile is not None:
                meanwhile()
            record = ledger.get(video_id)
            if record is None:
                return None
            if record.state is State.TRANSCODING and record.job is not None:
                self.tell(name, _WORDS["transcoding"], encoded_percent(record.job.job_id), "")
            else:
                self._tell_progress(name, record, ledger.get_progress(video_id))
            return record if record.state in FINAL else None

        encoded_percent = _Percent(self.world.cloud.client("mediaconvert"))
        found = wait_for(ended, self.patience_seconds)
        if found is None:
            stuck = ledger.get(video_id)
            raise StoryBroken(
                f"{name} came to no end within {self.patience_seconds:.0f} s: {stuck.state if stuck else 'unknown'} "
                f"{stuck.problem if stuck else ''}; the functions' logs are in {self.world.cloud.state_dir / 'logs'}"
            )
        return found

    def _tell_progress(self, name: str, record: VideoRecord, progress: Progress | None) -> None:
        if progress is not None and progress.at >= record.updated_at and record.state in _UNDER_WAY:
            # Where a stage begins with nothing done, nothing is known of its pace yet.
            self.tell(name, _WORDS.get(progress.stage, progress.stage), progress.percent or None, progress.detail)
        elif record.state is not State.TRANSFERRING:  # what it does first, its progress tells in a moment
            self.tell(name, _WORDS.get(record.state, record.state), None, "")

    def _row(self, record: VideoRecord) -> dict[str, Any] | None:
        """The Airtable row once it tells the end; None if it never does."""

        def final_row() -> dict[str, Any] | None:
            for row in self.world.rows():
                if row.get(airtable_rows.KEY_FIELD) == record.video_id and row.get("Status") == airtable_rows.status(
                    record
                ):
                    return row
            return None

        return wait_for(final_row, _AFTERMATH_SECONDS)

    def _missing_mails(self, record: VideoRecord) -> tuple[str, ...]:
        """Wait for the mails of the video's end; the kinds that never came."""
        wanted = mail_kinds(_before(record), record)

        def all_sent() -> bool:
            return all(self._mail_was_sent(record, kind) for kind in wanted)

        if wait_for(all_sent, _AFTERMATH_SECONDS):
            return ()
        return tuple(kind for kind in wanted if not self._mail_was_sent(record, kind))

    def _mail_was_sent(self, record: VideoRecord, kind: str) -> bool:
        item = self.world.cloud.client("dynamodb").get_item(
            TableName=self.world.outputs["ledgerTable"],
            Key={
                PARTITION_KEY: {"S": video_key(record.video_id)},
                SORT_KEY: {"S": mail_sort_key(record.attempt, kind)},
            },
        )
        return "sent_at" in item.get("Item", {})

    def _fetch(self, record: VideoRecord) -> Path | None:
        """The result as a local file, under the name that people see."""
        if record.result is None:
            return None
        target = self.folder / record.video_id / download_name(record.source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        body = self.world.cloud.client("s3").get_object(
            Bucket=self.world.outputs["compressedBucket"], Key=record.result.key
        )["Body"]
        with target.open("wb") as file:
            shutil.copyfileobj(body, file, 1024**2)
        return target

    def _encoder_seconds(self, record: VideoRecord) -> float:
        jobs = self.world.cloud.console_client.mediaconvert.jobs()
        return sum(float(job["ffmpegSeconds"]) for job in jobs if job["userMetadata"].get("VideoId") == record.video_id)


class _Percent:
    """How far MediaConvert is, asked at most once a second: its events come ten seconds apart at best."""

    def __init__(self, mediaconvert: Any) -> None:
        self._mediaconvert = mediaconvert
        self._asked_at = 0.0
        self._percent: float | None = None

    def __call__(self, job_id: str) -> float | None:
        if time.monotonic() - self._asked_at >= _ASK_EVERY_SECONDS:
            self._asked_at = time.monotonic()
            self._percent = self._mediaconvert.get_job(Id=job_id)["Job"].get("JobPercentComplete")
        return self._percent


def _before(record: VideoRecord) -> State | None:
    """The state before the last move."""
    reached = sorted((at, name) for name, at in record.times.items() if name in set(State) and name != record.state)
    return State(reached[-1][1]) if reached else None


def wait_for(condition: Callable[[], T], limit_seconds: float) -> T | None:
    """What `condition` gives as soon as it is truthy; None when it is not within the limit."""
    deadline = time.monotonic() + limit_seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            return None
        time.sleep(_POLL_SECONDS)
    return found
