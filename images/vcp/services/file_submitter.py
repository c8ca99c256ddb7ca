"""FileSubmitter files to the door, several at a time: what the ledger knows already is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import PermanentError, VcpError
from vcp.domain.intake.candidates import SHORTCUT_MIME_TYPE
from vcp.domain.video.states import State
from vcp.domain.video.video_id import video_id
from vcp.ports.scan import FileResource, IntakeClient, ScanStore, VideoStatus, WatchedDrive
from vcp.services.intake import RECHECKABLE_CODES

logger = Logger(child=True)

TimeLeft = Callable[[], timedelta]
#: A call of the door may take 60 s, and what was learnt has to be written down.
MIN_TIME_FOR_A_CALL = timedelta(seconds=90)
#: So many failures without one success between them: the door is down, and the rest is left for later.
MAX_CONSECUTIVE_FAILURES = 20


@dataclass
class Told:
    """What became of some files. `left`: those that nobody got to."""

    announced: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    failed: dict[str, VcpError] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    failures_in_a_row: int = 0

    @property
    def done(self) -> list[str]:
        return [*self.announced, *self.known]


class FileSubmitter(Struct, frozen=True):
    """`parallel` calls of the door at a time."""

    drive: WatchedDrive
    store: ScanStore
    intake: IntakeClient
    parallel: int = 4

    def submit(self, files: Sequence[FileResource], time_left: TimeLeft) -> Told:
        """Announce what the ledger does not know, as long as there is time. What goes wrong with one file keeps no
        other waiting. Raises what the ledger raises."""
        told, ids = Told(), {}
        for file in files:
            try:
                ids[str(file["id"])] = self._video_id(file)
            except VcpError as error:
                told.failed[str(file["id"])] = error
        statuses = self.store.statuses([each for each in ids.values() if each is not None])
        new = []
        for file in files:
            if (file_id := str(file["id"])) not in ids:
                continue
            known = statuses.get(ids[file_id] or "")
            if known is not None and is_settled(known):
                told.known.append(file_id)
            else:
                new.append(file)
        self._call_for(new, told, time_left)
        return told

    def _call_for(self, files: Sequence[FileResource], told: Told, time_left: TimeLeft) -> None:
        lock = Lock()

        def call(file: FileResource) -> None:
            file_id = str(file["id"])
            with lock:
                if time_left() < MIN_TIME_FOR_A_CALL or told.failures_in_a_row >= MAX_CONSECUTIVE_FAILURES:
                    told.left.append(file_id)
                    return
            try:
                status = self.intake.submit(file)
            except VcpError as error:
                logger.warning("not announced", extra={"file_id": file_id, "problem": str(error)})
                with lock:
                    told.failed[file_id] = error
                    told.failures_in_a_row += 1
                return
            logger.info("announced", extra={"file_id": file_id, "status": status})
            with lock:
                told.announced.append(file_id)
                told.failures_in_a_row = 0

        if files:
            with ThreadPoolExecutor(self.parallel) as pool:
                list(pool.map(call, files))

    def _video_id(self, file: FileResource) -> str | None:
        """The id that the door gives the file; None for a shortcut that leads nowhere, which only the door judges."""
        if file.get("mimeType") != SHORTCUT_MIME_TYPE:
            return video_id(str(file["id"]), file.get("md5Checksum"), file.get("headRevisionId"))
        try:
            target = self.drive.facts(str(file["id"]), file.get("resourceKey"))
        except PermanentError:
            return None
        return video_id(target.file_id, target.md5, target.head_revision_id)


def is_settled(known: VideoStatus) -> bool:
    """Whether the door would change nothing about a video: all but what it looks at again at each announcement."""
    ended = known.state in (State.REJECTED, State.CANCELLED)
    return not (ended and known.problem_code in RECHECKABLE_CODES)
