"""A folder tree in Drive with its log of changes, and a scan of it that knocks at the real door."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

import msgspec

from tests.unit.services.pipelines import Pipeline
from tests.unit.services.worlds import HandClock
from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, RetryableError, StaleRecordError, VcpError
from vcp.domain.intake.candidates import FOLDER_MIME_TYPE, SHORTCUT_MIME_TYPE
from vcp.domain.intake.scan_state import Cursor, ScanState
from vcp.ports.drive import DriveFile
from vcp.ports.scan import Changes, Children, FileResource, VideoStatus, WatchedFolder
from vcp.services.folder_scanner import FolderScanner

ROOT = "root-folder-id-0123456789"
RELIST = timedelta(days=1)
PAUSE = timedelta(seconds=15)


def number_of(token: str) -> int:
    """A page token's number; a token of another making is refused as Drive does."""
    if not token.isdigit():
        raise CursorExpiredError("drive_place_lost", "Google Drive does not know the place any more.", token)
    return int(token)


class MemoryTree:
    """Drive as the scan sees it: `page_size` files, or changes, a page. A folder that moves tells of itself only."""

    def __init__(self, pipeline: Pipeline, page_size: int = 3) -> None:
        self.pipeline = pipeline
        self.page_size = page_size
        self.files: dict[str, dict[str, Any]] = {}
        self.log: list[str] = []
        self.calls: Counter[str] = Counter()
        self.down = False
        self.drive_id: str | None = None
        self.folder_problem: VcpError | None = None
        self.forgets_pages = False
        #: Files and folders that Drive has a fault with.
        self.broken: set[str] = set()
        self.folder("Incoming", None, ROOT)
        self.log.clear()

    def folder(self, name: str, parent: str | None = ROOT, folder_id: str = "") -> str:
        return self._put(folder_id or f"folder-{name}-0123456789", name, parent, FOLDER_MIME_TYPE)

    def film(self, name: str, parent: str = ROOT, content: bytes | None = None, mime: str = "video/quicktime") -> str:
        """A file of these bytes, its name if not told; above what the door leaves alone."""
        file_id = f"file-{name.replace('.', '-')}-0123456789"
        data = content if content is not None else name.encode() * 10
        self.pipeline.drive.put(data, file_id=file_id, name=name, mime_type=mime)
        return self._put(file_id, name, parent, mime, md5Checksum=hashlib.md5(data, usedforsecurity=False).hexdigest())

    def shortcut(self, target: str, name: str) -> str:
        shortcut_id = f"shortcut-{name}-0123456789"
        self.pipeline.drive.files[shortcut_id] = self.pipeline.drive.files[target]
        details = {"targetId": target, "targetMimeType": self.files[target]["mimeType"]}
        return self._put(shortcut_id, name, ROOT, SHORTCUT_MIME_TYPE, shortcutDetails=details)

    def _put(self, file_id: str, name: str, parent: str | None, mime_type: str, **facts: Any) -> str:
        parents = [parent] if parent else []
        self.files[file_id] = {"id": file_id, "name": name, "mimeType": mime_type, "parents": parents, **facts}
        self.log.append(file_id)
        return file_id

    def change(self, file_id: str, **facts: Any) -> None:
        self.files[file_id] = {**self.files[file_id], **facts}
        self.log.append(file_id)

    def move(self, file_id: str, to: str) -> None:
        self.change(file_id, parents=[to])

    def remove(self, file_id: str) -> None:
        del self.files[file_id]

    def _called(self, what: str, about: str = "") -> None:
        self.calls[what] += 1
        if self.down or about in self.broken:
            raise RetryableError("drive_unavailable", "Google Drive is busy; the work is tried again.")

    # What the scan asks.

    def folder_of(self, folder_id: str) -> WatchedFolder:
        self._called("folder")
        if self.folder_problem is not None:
            raise self.folder_problem
        return WatchedFolder(folder_id, str(self.files[folder_id]["name"]), self.drive_id)

    def cursor(self, drive_id: str | None) -> Cursor:
        self._called("cursor")
        return Cursor(token=str(len(self.log)), drive_id=drive_id)

    def changes(self, cursor: Cursor) -> Changes:
        self._called("changes")
        start = number_of(cursor.token)
        end = min(start + self.page_size, len(self.log))
        # The newest state of each, as Drive tells it.
        changed = [self.files[each] for each in dict.fromkeys(self.log[start:end]) if each in self.files]
        return Changes(tuple(changed), Cursor(token=str(end), drive_id=cursor.drive_id), end < len(self.log))

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        self._called("children", folder_id)
        if folder_id not in self.files:
            raise Rejection("drive_not_found", "Google Drive does not know this file.", folder_id)
        if page is not None and self.forgets_pages:
            raise CursorExpiredError("drive_place_lost", "Google Drive does not know the place any more.", page)
        inside = [each for each in self.files.values() if folder_id in each["parents"] and not each.get("trashed")]
        start = number_of(page or "0")
        end = start + self.page_size
        return Children(tuple(inside[start:end]), str(end) if end < len(inside) else None)

    def parent(self, folder_id: str) -> str | None:
        self._called("parent", folder_id)
        return next(iter(self.files.get(folder_id, {}).get("parents", ())), None)

    def file(self, file_id: str) -> FileResource | None:
        self._called("file", file_id)
        return self.files.get(file_id)

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        self._called("facts")
        return self.pipeline.drive.facts(file_id, resource_key)


class SeenTree:
    """`ports.WatchedDrive` on a tree, whose `folder` makes one."""

    def __init__(self, tree: MemoryTree) -> None:
        self.tree = tree
        self.cursor, self.changes, self.children = tree.cursor, tree.changes, tree.children
        self.parent, self.file, self.facts = tree.parent, tree.file, tree.facts

    def folder(self, folder_id: str) -> WatchedFolder:
        return self.tree.folder_of(folder_id)


class MemoryScan:
    """The ledger as the scan sees it; writes are conditional."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.states: dict[str, ScanState] = {}
        self.writes = 0
        self.asked: list[str] = []
        #: Runs once before the next write: what another scan does meanwhile.
        self.meanwhile: Callable[[], None] | None = None

    def load(self, folder_id: str) -> ScanState | None:
        return self.states.get(folder_id)

    def save(self, state: ScanState) -> ScanState:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        stands = self.states.get(state.folder_id)
        if (stands.version if stands else 0) != state.version:
            raise StaleRecordError("stale_scan", "Another scan was faster; this one ends.")
        # As the ledger keeps it: what cannot be read back is found here.
        written = msgspec.json.decode(msgspec.json.encode(state.changed(version=state.version + 1)), type=ScanState)
        self.states[state.folder_id] = written
        self.writes += 1
        return written

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        self.asked += video_ids
        records = self.pipeline.ledger.records
        return {
            each: VideoStatus(records[each].state, problem.code if (problem := records[each].problem) else None)
            for each in video_ids
            if each in records
        }


@dataclass
class KnockedAt:
    """The real door, behind faults: `refuses` by file id, or everybody while it is `down`."""

    pipeline: Pipeline
    clock: HandClock
    down: bool = False
    refuses: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    #: How long a call takes, by the clock that ends the scan's time.
    seconds_a_call: float = 0
    error: VcpError = field(default_factory=lambda: RetryableError("door_failed", "The door failed."))
    _lock: Lock = field(default_factory=Lock)

    def submit(self, file: FileResource) -> str:
        with self._lock:
            self.calls.append(str(file["id"]))
            self.clock.forward(self.seconds_a_call)
            if self.down or file["id"] in self.refuses:
                raise self.error
            return self.pipeline.intake.submit(dict(file)).status


class Watched:
    """A pipeline whose folder is scanned."""

    def __init__(self, page_size: int = 3) -> None:
        self.pipeline = Pipeline()
        self.clock = self.pipeline.clock
        self.tree = MemoryTree(self.pipeline, page_size)
        self.memory = MemoryScan(self.pipeline)
        self.door = KnockedAt(self.pipeline, self.clock)
        self.minutes_a_tick = 15.0
        self.folder_scanner = FolderScanner(
            SeenTree(self.tree), self.memory, self.door, self.clock, self.pipeline.metrics, ROOT, RELIST, PAUSE
        )

    def tick(self) -> int:
        end = self.clock.now() + timedelta(minutes=self.minutes_a_tick)
        return self.folder_scanner.tick(lambda: end - self.clock.now())

    def tick_that_fails(self) -> VcpError:
        """The fault that the tick raises at its end."""
        try:
            self.tick()
        except VcpError as fault:
            return fault
        raise AssertionError("the tick did not fail")

    @property
    def state(self) -> ScanState:
        return self.memory.states[ROOT]

    def processed(self) -> list[str]:
        """Names of the files that the ledger has, each as often as it has it."""
        return sorted(record.source.name for record in self.pipeline.ledger.records.values())

    def messages(self) -> int:
        return len(self.pipeline.queue.messages)


UNSEEN = PermanentError("watched_folder_unseen", "The watched folder is not shared with the pipeline.")
