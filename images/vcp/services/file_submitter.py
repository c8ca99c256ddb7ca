"""Submit the files of the watched folder to intake, several at a time, without those that the ledger knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import PermanentError, VcpError
from vcp.domain.intake.drive_resource import DriveResource
from vcp.domain.video.video_id import video_id
from vcp.ports.scan import IntakeClient, ScanStore, VideoStatus, WatchedDrive
from vcp.services.intake import is_recheckable

logger = Logger(child=True)

TimeLeft = Callable[[], timedelta]
#: A call of intake may take 60 s, and its result must be stored.
MIN_TIME_FOR_A_CALL = timedelta(seconds=90)
#: After this many failures without a success in between, intake is down and the other files are postponed.
MAX_CONSECUTIVE_FAILURES = 20


@dataclass
class SubmitReport:
    """What happened to each file, by file id. `remaining`: not tried."""

    submitted: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    failed: dict[str, VcpError] = field(default_factory=dict)
    remaining: list[str] = field(default_factory=list)
    consecutive_failures: int = 0

    @property
    def done(self) -> list[str]:
        return [*self.submitted, *self.known]


class FileSubmitter(Struct, frozen=True):
    """`parallel`: calls of intake at a time."""

    drive: WatchedDrive
    store: ScanStore
    intake: IntakeClient
    parallel: int = 4

    def submit(self, files: Sequence[DriveResource], time_left: TimeLeft) -> SubmitReport:
        """Submit the files that the ledger does not know, while there is time.

        A file that fails does not stop the others. Raises what the store raises.
        """
        report, ids = SubmitReport(), {}
        for file in files:
            try:
                ids[file.id] = self._video_id(file)
            except VcpError as error:
                report.failed[file.id] = error
        statuses = self.store.statuses([each for each in ids.values() if each is not None])
        new = []
        for file in files:
            if file.id not in ids:
                continue
            status = statuses.get(ids[file.id] or "")
            if status is not None and is_settled(status):
                report.known.append(file.id)
            else:
                new.append(file)
        self._submit_all(new, report, time_left)
        return report

    def _submit_all(self, files: Sequence[DriveResource], report: SubmitReport, time_left: TimeLeft) -> None:
        lock = Lock()

        def submit(file: DriveResource) -> None:
            with lock:
                if time_left() < MIN_TIME_FOR_A_CALL or report.consecutive_failures >= MAX_CONSECUTIVE_FAILURES:
                    report.remaining.append(file.id)
                    return
            try:
                status = self.intake.submit(file)
            except VcpError as error:
                logger.warning("not submitted", extra={"file_id": file.id, "problem": str(error)})
                with lock:
                    report.failed[file.id] = error
                    report.consecutive_failures += 1
                return
            logger.info("submitted", extra={"file_id": file.id, "status": status})
            with lock:
                report.submitted.append(file.id)
                report.consecutive_failures = 0

        if files:
            with ThreadPoolExecutor(self.parallel) as pool:
                list(pool.map(submit, files))

    def _video_id(self, file: DriveResource) -> str | None:
        """Return the id that intake gives the file; None for a dead shortcut, which intake rejects."""
        if not file.is_shortcut:
            return video_id(file.id, file.md5_checksum, file.head_revision_id)
        try:
            target = self.drive.facts(file.id, file.resource_key)
        except PermanentError:
            return None
        return video_id(target.file_id, target.md5, target.head_revision_id)


def is_settled(status: VideoStatus) -> bool:
    """Whether submitting the video again would change nothing."""
    return not is_recheckable(status.state, status.problem_code)
