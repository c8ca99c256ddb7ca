"""The scan: look through the watched folder and announce what nobody announced. Part of the reconciler's tick.

Drive's log of changes tells what is new; the whole tree is listed at first, once in a while, and when the place in the
log is lost; a folder that changed or came in is listed with all below it. The place is written down after each page,
when everything on it is announced or remembered: a scan that dies, or runs out of time, goes on where it stood.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from aws_lambda_powertools import Logger

from vcp.domain.candidates import FOLDER_MIME_TYPE, is_candidate
from vcp.domain.errors import PermanentError, PlaceLostError, Rejection, StaleRecordError, VcpError
from vcp.domain.scan_state import Cursor, PendingFolder, ScanState
from vcp.interface import metrics as metric_names
from vcp.ports import Clock, Metrics
from vcp.ports.scan import Door, FileResource, ScanMemory, WatchedDrive, WatchedFolder
from vcp.services.announcing import Announcing, TimeLeft

logger = Logger(child=True)

#: Deeper folders are not looked into. Drive itself allows 100 levels (Drive guides, "Shared drive limits"); a bound
#: keeps the way from a file to the watched folder, and back, from ever being endless.
MOST_DEEP = 100
#: No page is begun with less: Drive may be asked three times for 30 s each.
NEEDED_FOR_A_PAGE = timedelta(seconds=120)


@dataclass(frozen=True)
class Scanning:
    """Looks through one folder. `relist_after`: how long Drive's log is trusted; `pause`: before a file that the door
    failed for is tried again, doubled each time."""

    drive: WatchedDrive
    memory: ScanMemory
    door: Door
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
            if time_left() >= NEEDED_FOR_A_PAGE:
                walk.begin()
            while walk.step():
                pass
        except StaleRecordError:
            logger.info("another scan of this folder is at work")
        except VcpError as fault:
            walk.faults.append(fault)
        logger.info("scanned", extra={"announced": walk.announced, "faults": len(walk.faults)})
        if walk.announced:
            self.metrics.count(metric_names.SCAN_ANNOUNCED, walk.announced)
        if walk.faults:
            self.metrics.count(metric_names.SCAN_FAULTS, len(walk.faults))
            raise walk.faults[0]
        return walk.announced


@dataclass
class Walk:
    """One tick's way through changes and folders."""

    scan: Scanning
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
        self.state = self.stored = scan.memory.load(scan.folder_id) or self.state
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
        if self.stopped or self.time_left() < NEEDED_FOR_A_PAGE:
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
        return not self.state.pending and self.scan.clock.now() >= self.state.listed_at + self.scan.relist_after

    def _begin_listing(self, folder: WatchedFolder) -> None:
        logger.info("the whole tree is listed", extra={"folder": folder.name})
        self.listing_begun = True
        self._save(self.state.begun(self.scan.drive.cursor(folder.drive_id), folder.drive_id, self.scan.clock.now()))

    def _try_again(self) -> None:
        """Files that the door failed for, if they still lie there."""
        due = self.state.due_for_another_try(self.scan.clock.now())
        found = {file_id: self.scan.drive.file(file_id) for file_id in due}
        wanted = [file for file in found.values() if file is not None and is_candidate(file) and self._inside(file)]
        gone = set(found) - {str(file["id"]) for file in wanted}
        if self._tell(wanted, gone=gone):
            self._save()

    def _changes(self) -> None:
        cursor = self._cursor
        try:
            page = self.scan.drive.changes(cursor)
        except PlaceLostError:
            if self.listing_begun:
                raise
            logger.warning("Drive lost the place in its log of changes")
            self._begin_listing(self.scan.drive.folder(self.scan.folder_id))
            return
        ours = [file for file in page.files if file["id"] != self.scan.folder_id and not file.get("trashed")]
        folders = [str(file["id"]) for file in ours if file["mimeType"] == FOLDER_MIME_TYPE and self._inside(file)]
        if self._tell([file for file in ours if is_candidate(file) and self._inside(file)], changed=True):
            changed = self.state.with_pending(PendingFolder(folder_id=each) for each in folders)
            self._save(changed.changed(cursor=page.cursor))
            self.caught_up = not page.more

    def _folder(self, at: PendingFolder) -> None:
        rest = self.state.pending[:-1]
        try:
            page = self.scan.drive.children(at.folder_id, self._cursor.drive_id, at.page_token)
        except PlaceLostError:
            if at.page_token is None or at.folder_id in self.begun_anew:
                raise
            self.begun_anew.add(at.folder_id)
            self._save(self.state.changed(pending=(*rest, at.model_copy(update={"page_token": None}))))
            return
        except Rejection as refusal:
            logger.info("a folder is gone", extra={"folder": at.folder_id, "problem": str(refusal)})
            self._save(self.state.changed(pending=rest))
            return
        self.seen.add(at.folder_id)
        below = [str(file["id"]) for file in page.files if file["mimeType"] == FOLDER_MIME_TYPE]
        if at.depth >= MOST_DEEP and below:
            logger.warning("folders too deep to be looked into", extra={"folder": at.folder_id, "folders": below})
            below = []
        if self._tell([file for file in page.files if is_candidate(file)]):
            this = [at.model_copy(update={"page_token": page.next_page})] if page.next_page else []
            new = [PendingFolder(folder_id=each, depth=at.depth + 1) for each in below if each not in self.seen]
            self._save(self.state.changed(pending=(*rest, *this)).with_pending(new))

    def _tell(self, files: Sequence[FileResource], *, changed: bool = False, gone: Collection[str] = ()) -> bool:
        """Announce files and remember what failed; whether this page is done with. If it is not, nothing more is done
        in this tick, and the next one begins with it.

        `changed`: they come out of the log of changes, so those given up have become another content. `gone`: of those
        remembered, the ones that are to be forgotten.
        """
        scan, now = self.scan, self.scan.clock.now()
        waiting = self.state.waiting(now, given_up_too=not changed)
        told = Announcing(scan.drive, scan.memory, scan.door).announce(
            [file for file in files if file["id"] not in waiting], self.time_left
        )
        self.announced += len(told.announced)
        self.faults += told.failed.values()
        state, room = self.state.after_tries({*told.done, *gone}, told.failed, now, scan.pause)
        if room and not told.left:
            self.state = state
            return True
        logger.warning("the scan keeps its place", extra={"left": len(told.left), "failed": len(told.failed)})
        self.stopped = True
        self._save(state)
        return False

    def _inside(self, file: FileResource) -> bool:
        """Whether a file lies in the watched folder or somewhere below it."""
        parent = next(iter(file.get("parents") or ()), None)
        for _ in range(MOST_DEEP + 1):
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
            self.stored = self.scan.memory.save(state)
        self.state = self.stored
