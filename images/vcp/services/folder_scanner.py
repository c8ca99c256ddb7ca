"""Scan the watched folder and submit its videos to intake. Part of every run of the reconciler.

Drive's change log reports what is new. The whole tree is listed at first, at intervals, and when the position in the
log has expired; a folder that changed or was moved in is listed with everything below it. The position is saved after
each page, once every file on it is submitted or recorded as failed: an interrupted scan resumes there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import (
    CursorExpiredError,
    IncompleteRecordError,
    PermanentError,
    Rejection,
    StaleRecordError,
    VcpError,
)
from vcp.domain.intake.candidates import is_candidate
from vcp.domain.intake.drive_resource import DriveResource
from vcp.domain.intake.scan_state import Cursor, PendingFolder, ScanState
from vcp.ports.clock import Clock
from vcp.ports.metrics import Metrics
from vcp.ports.scan import IntakeClient, ScanStore, WatchedDrive, WatchedFolder
from vcp.services.file_submitter import FileSubmitter, TimeLeft
from vcp.services.folder_membership import MAX_DEPTH, FolderMembership
from vcp.wire import metrics as metric_names

logger = Logger(child=True)

#: No page is started with less: a Drive request may take three tries of 30 s each.
MIN_TIME_FOR_A_PAGE = timedelta(seconds=120)

_NONE: Mapping[str, VcpError] = MappingProxyType({})


class FolderScanner(Struct, frozen=True):
    """Scan one folder.

    `relist_after`: how long the change log is relied on. `retry_delay`: before a failed file is submitted again,
    doubled each time.
    """

    drive: WatchedDrive
    store: ScanStore
    intake: IntakeClient
    clock: Clock
    metrics: Metrics
    folder_id: str
    relist_after: timedelta
    retry_delay: timedelta

    def run(self, time_left: TimeLeft) -> int:
        """Submit what is new while there is time; return the number of submitted files.

        A file that fails does not stop the others; the first fault is raised at the end.
        """
        scan = _Scan(self, time_left)
        try:
            scan.run()
        except _ScanInterrupted:
            pass  # its state is saved; the next run resumes there
        except StaleRecordError:
            logger.info("another scan of this folder is running")
        except VcpError as fault:
            scan.faults.append(fault)
        logger.info("scanned", extra={"submitted": scan.submitted, "faults": len(scan.faults)})
        if scan.submitted:
            self.metrics.count(metric_names.SCAN_SUBMITTED, scan.submitted)
        if scan.faults:
            self.metrics.count(metric_names.SCAN_FAULTS, len(scan.faults))
            raise scan.faults[0]
        return scan.submitted


class _ScanInterrupted(Exception):  # noqa: N818 - not an error: the next run resumes
    """The scan cannot get past this page now."""


class _Scan:
    """One run: its position in the change log and in the tree, and what it has done so far."""

    def __init__(self, scanner: FolderScanner, time_left: TimeLeft) -> None:
        self.submitted = 0
        self.faults: list[VcpError] = []
        self._scanner = scanner
        self._drive = scanner.drive
        self._time_left = time_left
        self._membership = FolderMembership(scanner.drive, scanner.folder_id)
        self._submitter = FileSubmitter(scanner.drive, scanner.store, scanner.intake)
        self._state = self._saved = ScanState(folder_id=scanner.folder_id)
        self._relisting = False
        #: Folders that were listed, and those whose listing was restarted because a page token had expired.
        self._listed: set[str] = set()
        self._restarted: set[str] = set()

    def run(self) -> None:
        if not self._has_time():
            return
        self._start()
        more = True
        while more and self._has_time():
            more = self._next_changes()
        while self._state.pending and self._has_time():
            self._list_folder(self._state.pending[-1])

    def _has_time(self) -> bool:
        return self._time_left() >= MIN_TIME_FOR_A_PAGE

    def _start(self) -> None:
        """Load the position, or start listing the tree; then retry failed files."""
        scanner = self._scanner
        self._state = self._saved = scanner.store.load(scanner.folder_id) or self._state
        try:
            folder = self._drive.folder(scanner.folder_id)
        except PermanentError:
            # Changes are not reported meanwhile: list everything once the folder is back.
            self._save(self._state.changed(cursor=None, pending=()))
            raise
        if self._must_relist(folder):
            self._relist(folder)
        self._retry_failed()

    def _must_relist(self, folder: WatchedFolder) -> bool:
        state = self._state
        if state.cursor is None or state.listed_at is None or folder.drive_id != state.drive_id:
            return True
        # A listing in progress gets twice the time: one folder that cannot be listed must not block all others.
        interval = self._scanner.relist_after * (2 if state.pending else 1)
        return self._scanner.clock.now() >= state.listed_at + interval

    def _relist(self, folder: WatchedFolder) -> None:
        logger.info("listing the whole tree", extra={"folder": folder.name})
        self._relisting = True
        cursor = self._drive.cursor(folder.drive_id)
        self._save(self._state.begun(cursor, folder.drive_id, self._scanner.clock.now()))

    def _retry_failed(self) -> None:
        """Submit the files that failed before and are due, if they are still in the folder."""
        due = self._state.due_for_retry(self._scanner.clock.now())
        found: list[DriveResource] = []
        unknown: dict[str, VcpError] = {}
        for file_id in due:
            try:
                if (file := self._drive.file(file_id)) is not None:
                    found.append(file)
            except VcpError as fault:
                unknown[file_id] = fault
        relevant = self._relevant(found, unknown)
        gone = set(due) - unknown.keys() - {file.id for file in relevant if is_candidate(file)}
        self._take(relevant, unknown, gone=gone)
        self._save()

    def _next_changes(self) -> bool:
        """Process a page of the change log; whether there may be more."""
        try:
            page = self._drive.changes(self._cursor)
        except CursorExpiredError:
            if self._relisting:
                raise
            logger.warning("the position in Drive's change log has expired")
            self._relist(self._drive.folder(self._scanner.folder_id))
            return True
        unknown: dict[str, VcpError] = {}
        self._take(self._relevant(page.files, unknown), unknown, changed=True)
        self._save(self._state.changed(cursor=page.cursor))
        return page.more

    def _relevant(self, files: Iterable[DriveResource], unknown: dict[str, VcpError]) -> list[DriveResource]:
        """Return the candidates and folders below the watched folder.

        A file whose parents cannot be looked up goes into `unknown` and is retried later.
        """
        relevant = []
        for file in files:
            is_subfolder = file.is_folder and file.id != self._scanner.folder_id
            if file.trashed or not (is_subfolder or is_candidate(file)):
                continue
            try:
                if self._membership.contains(file):
                    relevant.append(file)
            except VcpError as fault:
                unknown[file.id] = fault
        return relevant

    def _take(
        self,
        files: Sequence[DriveResource],
        unknown: Mapping[str, VcpError],
        *,
        changed: bool = False,
        gone: Collection[str] = (),
    ) -> None:
        """Submit the candidates and have the folders listed; see `_submit`."""
        self._state = self._state.with_pending(PendingFolder(folder_id=file.id) for file in files if file.is_folder)
        self._submit([file for file in files if is_candidate(file)], unknown, changed=changed, gone=gone)

    def _list_folder(self, at: PendingFolder) -> None:
        """Process a page of a folder's children."""
        rest = self._state.pending[:-1]
        try:
            page = self._drive.children(at.folder_id, self._cursor.drive_id, at.page_token)
        except CursorExpiredError:
            if at.page_token is None or at.folder_id in self._restarted:
                raise
            self._restarted.add(at.folder_id)
            self._save(self._state.changed(pending=(*rest, at.but(page_token=None))))
            return
        except Rejection as rejection:
            logger.info("a folder is gone", extra={"folder": at.folder_id, "problem": str(rejection)})
            self._save(self._state.changed(pending=rest))
            return
        except VcpError as fault:
            # List the other folders first in the next run.
            self.faults.append(fault)
            self._save(self._state.changed(pending=(at, *rest)))
            raise _ScanInterrupted from fault
        self._listed.add(at.folder_id)
        below = [file.id for file in page.files if file.is_folder]
        if at.depth >= MAX_DEPTH and below:
            logger.warning("folders are nested too deeply", extra={"folder": at.folder_id, "folders": below})
            below = []
        self._submit([file for file in page.files if is_candidate(file)])
        this = [at.but(page_token=page.next_page)] if page.next_page else []
        new = [PendingFolder(folder_id=each, depth=at.depth + 1) for each in below if each not in self._listed]
        self._save(self._state.changed(pending=(*rest, *this)).with_pending(new))

    def _submit(
        self,
        files: Sequence[DriveResource],
        unknown: Mapping[str, VcpError] = _NONE,
        *,
        changed: bool = False,
        gone: Collection[str] = (),
    ) -> None:
        """Submit files and record those that failed.

        `unknown`: failed before they could be submitted. `changed`: the files are from the change log, so those that
        were given up have new content. `gone`: recorded files to forget. Raises `_ScanInterrupted` unless every file
        is submitted or recorded: the next run starts with this page.
        """
        now = self._scanner.clock.now()
        waiting = self._state.waiting(now, include_given_up=not changed)
        report = self._submitter.submit([file for file in files if file.id not in waiting], self._time_left)
        self.submitted += len(report.submitted)
        failed = {**unknown, **report.failed}
        self.faults += failed.values()
        state, all_recorded = self._state.after_tries({*report.done, *gone}, failed, now, self._scanner.retry_delay)
        if not all_recorded or report.remaining:
            logger.warning("stopped at a page", extra={"remaining": len(report.remaining), "failed": len(failed)})
            self._save(state)
            raise _ScanInterrupted
        self._state = state

    @property
    def _cursor(self) -> Cursor:
        if self._state.cursor is None:
            raise IncompleteRecordError(
                "no_cursor", "The scan of the watched folder has lost its position.", self._scanner.folder_id
            )
        return self._state.cursor

    def _save(self, state: ScanState | None = None) -> None:
        """Save the state if it changed."""
        state = state or self._state
        if state != self._saved:
            self._saved = self._scanner.store.save(state)
        self._state = self._saved
