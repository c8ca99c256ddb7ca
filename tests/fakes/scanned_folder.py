"""A watched Drive folder with a change log, and a scan of it that calls the real intake."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import Any

import msgspec

from tests.fakes.clock import ManualClock
from tests.fakes.pipeline import Pipeline
from vcp.domain.errors import CursorExpiredError, PermanentError, Rejection, RetryableError, StaleRecordError, VcpError
from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, SHORTCUT_MIME_TYPE, DriveResource, ShortcutDetails
from vcp.domain.intake.scan_state import Cursor, ScanState
from vcp.ports.drive import DriveFile
from vcp.ports.scan import Changes, Children, VideoStatus, WatchedFolder
from vcp.services.folder_scanner import FolderScanner

ROOT = "root-folder-id-0123456789"
RELIST = timedelta(days=1)
RETRY_DELAY = timedelta(seconds=15)
FOLDER_NOT_SHARED = PermanentError("watched_folder_unseen", "The watched folder is not shared with the pipeline.")


def page_number(token: str) -> int:
    """Return a page token's number. Raises for a token that was not issued here, as Drive does."""
    if not token.isdigit():
        raise CursorExpiredError("drive_cursor_expired", "Google Drive does not know this position any more.", token)
    return int(token)


class FakeFolderTree:
    """`ports.scan.WatchedDrive` with `page_size` files or changes a page. A moved folder logs only its own change."""

    def __init__(self, pipeline: Pipeline, page_size: int = 3) -> None:
        self.pipeline = pipeline
        self.page_size = page_size
        self.files: dict[str, DriveResource] = {}
        self.log: list[str] = []
        self.calls: Counter[str] = Counter()
        self.down = False
        self.drive_id: str | None = None
        self.folder_problem: VcpError | None = None
        self.expires_pages = False
        #: Ids of files and folders that Drive fails for.
        self.broken: set[str] = set()
        self.add_folder("Incoming", None, ROOT)
        self.log.clear()

    def add_folder(self, name: str, parent: str | None = ROOT, folder_id: str = "") -> str:
        return self._put(folder_id or f"folder-{name}-0123456789", name, parent, FOLDER_MIME_TYPE)

    def add_video(
        self, name: str, parent: str = ROOT, content: bytes | None = None, mime: str = "video/quicktime"
    ) -> str:
        """Add a file that is large enough to be compressed."""
        file_id = f"file-{name.replace('.', '-')}-0123456789"
        data = content if content is not None else name.encode() * 10
        self.pipeline.drive.put(data, file_id=file_id, name=name, mime_type=mime)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return self._put(file_id, name, parent, mime, md5_checksum=md5)

    def add_shortcut(self, target: str, name: str) -> str:
        shortcut_id = f"shortcut-{name}-0123456789"
        self.pipeline.drive.files[shortcut_id] = self.pipeline.drive.files[target]
        details = ShortcutDetails(target_id=target, target_mime_type=self.files[target].mime_type)
        return self._put(shortcut_id, name, ROOT, SHORTCUT_MIME_TYPE, shortcut_details=details)

    def _put(self, file_id: str, name: str, parent: str | None, mime_type: str, **facts: Any) -> str:
        parents = (parent,) if parent else ()
        self.files[file_id] = DriveResource(id=file_id, name=name, mime_type=mime_type, parents=parents, **facts)
        self.log.append(file_id)
        return file_id

    def change(self, file_id: str, **facts: Any) -> None:
        self.files[file_id] = msgspec.structs.replace(self.files[file_id], **facts)
        self.log.append(file_id)

    def move(self, file_id: str, to: str) -> None:
        self.change(file_id, parents=(to,))

    def remove(self, file_id: str) -> None:
        del self.files[file_id]

    def _count(self, call: str, about: str = "") -> None:
        self.calls[call] += 1
        if self.down or about in self.broken:
            raise RetryableError("drive_unavailable", "Google Drive is busy; the request is retried.")

    def folder(self, folder_id: str) -> WatchedFolder:
        self._count("folder")
        if self.folder_problem is not None:
            raise self.folder_problem
        return WatchedFolder(folder_id, self.files[folder_id].name, self.drive_id)

    def cursor(self, drive_id: str | None) -> Cursor:
        self._count("cursor")
        return Cursor(token=str(len(self.log)), drive_id=drive_id)

    def changes(self, cursor: Cursor) -> Changes:
        self._count("changes")
        start = page_number(cursor.token)
        end = min(start + self.page_size, len(self.log))
        # Drive reports the current state of each changed file.
        changed = [self.files[each] for each in dict.fromkeys(self.log[start:end]) if each in self.files]
        return Changes(tuple(changed), Cursor(token=str(end), drive_id=cursor.drive_id), end < len(self.log))

    def children(self, folder_id: str, drive_id: str | None, page: str | None) -> Children:
        self._count("children", folder_id)
        if folder_id not in self.files:
            raise Rejection("drive_not_found", "Google Drive does not know this file.", folder_id)
        if page is not None and self.expires_pages:
            raise CursorExpiredError("drive_cursor_expired", "Google Drive does not know this position any more.", page)
        inside = [each for each in self.files.values() if folder_id in each.parents and not each.trashed]
        start = page_number(page or "0")
        end = start + self.page_size
        return Children(tuple(inside[start:end]), str(end) if end < len(inside) else None)

    def parent(self, folder_id: str) -> str | None:
        self._count("parent", folder_id)
        return next(iter(self.files[folder_id].parents if folder_id in self.files else ()), None)

    def file(self, file_id: str) -> DriveResource | None:
        self._count("file", file_id)
        return self.files.get(file_id)

    def facts(self, file_id: str, resource_key: str | None = None) -> DriveFile:
        self._count("facts")
        return self.pipeline.drive.facts(file_id, resource_key)


class FakeScanStore:
    """`ports.scan.ScanStore` with conditional writes."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.states: dict[str, ScanState] = {}
        self.writes = 0
        self.queried: list[str] = []
        #: Called once before the next write: what another scan does meanwhile.
        self.meanwhile: Callable[[], None] | None = None

    def load(self, folder_id: str) -> ScanState | None:
        return self.states.get(folder_id)

    def save(self, state: ScanState) -> ScanState:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        current = self.states.get(state.folder_id)
        if (current.version if current else 0) != state.version:
            raise StaleRecordError("stale_scan", "Another scan was faster; this one ends.")
        # Encoded and decoded as in the ledger, to catch what cannot be read back.
        written = msgspec.json.decode(msgspec.json.encode(state.changed(version=state.version + 1)), type=ScanState)
        self.states[state.folder_id] = written
        self.writes += 1
        return written

    def statuses(self, video_ids: Collection[str]) -> dict[str, VideoStatus]:
        self.queried += video_ids
        records = self.pipeline.ledger.records
        return {
            each: VideoStatus(records[each].state, problem.code if (problem := records[each].problem) else None)
            for each in video_ids
            if each in records
        }


@dataclass
class FakeIntake:
    """The real intake, with faults: `fails_for` file ids, or for all while it is `down`."""

    pipeline: Pipeline
    clock: ManualClock
    down: bool = False
    fails_for: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    #: Duration of a call on `clock`.
    call_seconds: float = 0
    error: VcpError = field(default_factory=lambda: RetryableError("intake_failed", "Intake failed."))
    _lock: Lock = field(default_factory=Lock)

    def submit(self, file: DriveResource) -> str:
        with self._lock:
            self.calls.append(file.id)
            self.clock.forward(self.call_seconds)
            if self.down or file.id in self.fails_for:
                raise self.error
            return self.pipeline.intake.submit(file.to_wire()).status


class ScannedFolder:
    """A pipeline with a watched folder."""

    def __init__(self, page_size: int = 3) -> None:
        self.pipeline = Pipeline()
        self.clock = self.pipeline.clock
        self.tree = FakeFolderTree(self.pipeline, page_size)
        self.store = FakeScanStore(self.pipeline)
        self.intake = FakeIntake(self.pipeline, self.clock)
        self.minutes_per_run = 15.0
        self.scanner = FolderScanner(
            self.tree, self.store, self.intake, self.clock, self.pipeline.metrics, ROOT, RELIST, RETRY_DELAY
        )

    def scan(self) -> int:
        end = self.clock.now() + timedelta(minutes=self.minutes_per_run)
        return self.scanner.run(lambda: end - self.clock.now())

    def failing_scan(self) -> VcpError:
        """Scan, and return the error that is raised at the end."""
        try:
            self.scan()
        except VcpError as error:
            return error
        raise AssertionError("the scan did not fail")

    @property
    def state(self) -> ScanState:
        return self.store.states[ROOT]

    def processed(self) -> list[str]:
        """Return the file names in the ledger, once for each record."""
        return sorted(record.source.name for record in self.pipeline.ledger.records.values())

    def messages(self) -> int:
        return len(self.pipeline.queue.messages)
