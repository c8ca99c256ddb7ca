"""The scan: look through the watched folder and announce what nobody announced. Part of the reconciler's tick.

Drive's log of changes tells what is new; the whole tree is listed at first, once in a while, and when the place in the
log is lost; a folder that changed or came in is listed with all below it. The place is written down after each page,
when everything on it is announced or remembered: a scan that dies, or runs out of time, goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

from aws_lambda_powertools import Logger
from msgspec import Struct

from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, StaleRecordError, VcpError
from vcp.domain.intake.candidates import FOLDER_MIME_TYPE, is_candidate
from vcp.domain.intake.scan_state import Cursor, PendingFolder, ScanState
from vcp.ports.clock import Clock
from vcp.ports.metrics import Metrics
from vcp.ports.scan import FileResource, IntakeClient, ScanStore, WatchedDrive, WatchedFolder
from vcp.services.file_submitter import FileSubmitter, TimeLeft
from vcp.wire import metrics as metric_names

logger = Logger(child=True)

#: Deeper folders are not looked into. Drive itself allows 100 levels (Drive guides, "Shared drive limits"); a bound
#: keeps the way from a file to the watched folder, and back, from ever being endless.
MAX_DEPTH = 100
#: No page is begun with less: Drive may be asked three times for 30 s each.
MIN_TIME_FOR_A_PAGE = timedelta(seconds=120)


class FolderScanner(Struct, frozen=True):
    """Looks through one folder. `relist_after`: how long Drive's log is trusted; `pause`: before a file that the door
    failed for is tried again, doubled each time."""

    drive: WatchedDrive
    store: ScanStore
    intake: IntakeClient
    clock: Clock
    metrics: Metrics
    folder_id: str
    relist_after: timedelta
    pause: timedelta

    def tick(self, time_left: TimeLeft) -> int:
        """Announce what is new, as far as the time reaches; how many files.

        What goes wrong with one file keeps no other waiting; the first such fault is raised at the end.
        """
        walk = Walk(self, time_left)
        try:
            if time_left() >= MIN_TIME_FOR_A_PAGE:
                walk.begin()
            while walk.step():
                pass
        except StaleRecordError:
            logger.info("another scan of this folder is at work")
        except VcpError as fault:
            walk.faults.append(fault)
        logger.info("scanned", extra={"announced": walk.announced, "faults": len(walk.faults)})
        if walk.announced:
            self.metrics.count(metric_names.SCAN_SUBMITTED, walk.announced)
        if walk.faults:
            self.metrics.count(metric_names.SCAN_FAULTS, len(walk.faults))
            raise walk.faults[0]
        return walk.announced


@dataclass
class Walk:
    """One tick's way through changes and folders."""

    scan: FolderScanner
    time_left: TimeLeft
    announced: int = 0
    faults: list[VcpError] = field(default_factory=list)
    #: Nothing more is done in this tick.
    stopped: bool = False
    #: All changes were seen.
    caught_up: bool = False
    listing_begun: bool = False
    #: Folder -> the one that it lies in, as far as asked for.
    parents: dict[str, str | None] = field(default_factory=dict)
    #: Folders that were listed, so that none is listed twice.
    seen: set[str] = field(default_factory=set)
    #: Folders whose listing was begun anew, since Drive did not know the page any more.
    begun_anew: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.state = self.stored = ScanState(folder_id=self.scan.folder_id)

    def begin(self) -> None:
        """Find the place, or begin to list the tree; then what the door failed for."""
        scan = self.scan
        self.state = self.stored = scan.store.load(scan.folder_id) or self.state
        try:
            folder = scan.drive.folder(scan.folder_id)
        except PermanentError:
            # Nobody tells what changed meanwhile: when it is to be seen again, all of it is looked at.
            self._save(self.state.changed(cursor=None, pending=()))
            raise
        if self._listing_is_due(folder):
            self._begin_listing(folder)
        self._try_again()

    def step(self) -> bool:
        """The next page of changes, or of a folder; whether there may be another."""
        if self.stopped or self.time_left() < MIN_TIME_FOR_A_PAGE:
            return False
        if not self.caught_up:
            self._changes()
        elif self.state.pending:
            self._folder(self.state.pending[-1])
        else:
            return False
        return True

    def _listing_is_due(self, folder: WatchedFolder) -> bool:
        if self.state.cursor is None or self.state.listed_at is None or folder.drive_id != self.state.drive_id:
            return True
        # A listing under way may take as long again; a folder that cannot be listed must not hold up all the others.
        trusted = self.scan.relist_after * (2 if self.state.pending else 1)
        return self.scan.clock.now() >= self.state.listed_at + trusted

    def _begin_listing(self, folder: WatchedFolder) -> None:
        logger.info("the whole tree is listed", extra={"folder": folder.name})
        self.listing_begun = True
        self._save(self.state.begun(self.scan.drive.cursor(folder.drive_id), folder.drive_id, self.scan.clock.now()))

    def _try_again(self) -> None:
        """What went wrong before, if it still lies there."""
        due = self.state.due_for_another_try(self.scan.clock.now())
        found: list[FileResource] = []
        unsure: dict[str, VcpError] = {}
        for file_id in due:
            try:
                if (file := self.scan.drive.file(file_id)) is not None:
                    found.append(file)
            except VcpError as fault:
                unsure[file_id] = fault
        ours = self._of_ours(found, unsure)
        gone = set(due) - unsure.keys() - {str(file["id"]) for file in ours if is_candidate(file)}
        if self._take(ours, unsure, gone=gone):
            self._save()

    def _changes(self) -> None:
        cursor = self._cursor
        try:
            page = self.scan.drive.changes(cursor)
        except CursorExpiredError:
            if self.listing_begun:
                raise
            logger.warning("Drive lost the place in its log of changes")
            self._begin_listing(self.scan.drive.folder(self.scan.folder_id))
            return
        unsure: dict[str, VcpError] = {}
        if self._take(self._of_ours(page.files, unsure), unsure, changed=True):
            self._save(self.state.changed(cursor=page.cursor))
            self.caught_up = not page.more

    def _of_ours(self, files: Iterable[FileResource], unsure: dict[str, VcpError]) -> list[FileResource]:
        """Candidates and folders below the watched one. Whose place Drive does not tell is put into `unsure`: it is
        asked for again later, and keeps no other waiting."""
        ours = []
        for file in files:
            is_folder = file["mimeType"] == FOLDER_MIME_TYPE and file["id"] != self.scan.folder_id
            if file.get("trashed") or not (is_folder or is_candidate(file)):
                continue
            try:
                if self._inside(file):
                    ours.append(file)
            except VcpError as fault:
                unsure[str(file["id"])] = fault
        return ours

    def _take(
        self,
        ours: Sequence[FileResource],
        unsure: Mapping[str, VcpError],
        *,
        changed: bool = False,
        gone: Collection[str] = (),
    ) -> bool:
        """Announce what is a candidate, and have the folders listed; see `_tell`."""
        folders = [str(file["id"]) for file in ours if file["mimeType"] == FOLDER_MIME_TYPE]
        self.state = self.state.with_pending(PendingFolder(folder_id=each) for each in folders)
        return self._tell([file for file in ours if is_candidate(file)], unsure, changed=changed, gone=gone)

    def _folder(self, at: PendingFolder) -> None:
        rest = self.state.pending[:-1]
        try:
            page = self.scan.drive.children(at.folder_id, self._cursor.drive_id, at.page_token)
        except CursorExpiredError:
            if at.page_token is None or at.folder_id in self.begun_anew:
                raise
            self.begun_anew.add(at.folder_id)
            self._save(self.state.changed(pending=(*rest, at.but(page_token=None))))
            return
        except Rejection as refusal:
            logger.info("a folder is gone", extra={"folder": at.folder_id, "problem": str(refusal)})
            self._save(self.state.changed(pending=rest))
            return
        except VcpError as fault:
            # The others first: it comes again when they are done, and not before the next tick.
            self.faults.append(fault)
            self.stopped = True
            self._save(self.state.changed(pending=(at, *rest)))
            return
        self.seen.add(at.folder_id)
        below = [str(file["id"]) for file in page.files if file["mimeType"] == FOLDER_MIME_TYPE]
        if at.depth >= MAX_DEPTH and below:
            logger.warning("folders too deep to be looked into", extra={"folder": at.folder_id, "folders": below})
            below = []
        if self._tell([file for file in page.files if is_candidate(file)]):
            this = [at.but(page_token=page.next_page)] if page.next_page else []
            new = [PendingFolder(folder_id=each, depth=at.depth + 1) for each in below if each not in self.seen]
            self._save(self.state.changed(pending=(*rest, *this)).with_pending(new))

    def _tell(
        self,
        files: Sequence[FileResource],
        unsure: Mapping[str, VcpError] = MappingProxyType({}),
        *,
        changed: bool = False,
        gone: Collection[str] = (),
    ) -> bool:
        """Announce files and remember what failed; whether this page is done with. If it is not, nothing more is done
        in this tick, and the next one begins with it.

        `unsure`: what failed before it could be announced. `changed`: the files come out of the log of changes, so
        those given up have become another content. `gone`: of those remembered, the ones that are to be forgotten.
        """
        scan, now = self.scan, self.scan.clock.now()
        waiting = self.state.waiting(now, given_up_too=not changed)
        told = FileSubmitter(scan.drive, scan.store, scan.intake).submit(
            [file for file in files if file["id"] not in waiting], self.time_left
        )
        self.announced += len(told.announced)
        failed = {**unsure, **told.failed}
        self.faults += failed.values()
        state, room = self.state.after_tries({*told.done, *gone}, failed, now, scan.pause)
        if room and not told.left:
            self.state = state
            return True
        logger.warning("the scan keeps its place", extra={"left": len(told.left), "failed": len(failed)})
        self.stopped = True
        self._save(state)
        return False

    def _inside(self, file: FileResource) -> bool:
        """Whether a file lies in the watched folder or somewhere below it. Files of before 2020 may lie in several."""
        return any(self._leads_here(str(parent)) for parent in file.get("parents") or ())

    def _leads_here(self, folder_id: str) -> bool:
        parent: str | None = folder_id
        for _ in range(MAX_DEPTH + 1):
            if parent is None or parent == self.scan.folder_id:
                return parent is not None
            if parent not in self.parents:
                self.parents[parent] = self.scan.drive.parent(parent)
            parent = self.parents[parent]
        return False

    @property
    def _cursor(self) -> Cursor:
        assert self.state.cursor is not None
        return self.state.cursor

    def _save(self, state: ScanState | None = None) -> None:
        """Write the state down, unless it stands there already."""
        state = state or self.state
        if state != self.stored:
            self.stored = self.scan.store.save(state)
        self.state = self.stored
