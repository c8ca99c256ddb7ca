"""The state of the folder scan that the ledger keeps between two scans."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from msgspec import Meta

from vcp.domain.value import Value

#: After this many failures a file is retried only when it changes or is listed again; with the default pauses that is
#: after some thirty hours.
MAX_FAILURES = 14
#: The pause doubles with each failure up to this.
MAX_PAUSE = timedelta(hours=12)
#: More failures at once mean that intake is down: the scan then keeps its cursor.
MAX_FAILED_FILES = 200


class Cursor(Value):
    """A position in a Drive change log: the account's own, or that of a shared drive."""

    token: str
    drive_id: str | None = None


class PendingFolder(Value):
    """A folder whose children remain to be listed from a page on; `depth` counts from the watched folder."""

    folder_id: str
    depth: Annotated[int, Meta(ge=0)] = 0
    page_token: str | None = None


class FailedFile(Value):
    """A file that intake failed on, and the time of the next try."""

    file_id: str
    failures: Annotated[int, Meta(ge=1)]
    next_at: datetime

    @property
    def given_up(self) -> bool:
        return self.failures >= MAX_FAILURES


class ScanState(Value):
    """The state of one watched folder between two scans.

    `version` counts writes: the ledger accepts only a write based on the latest one, so that of two concurrent scans
    one ends.
    """

    schema_version: Literal[1] = 1
    folder_id: str
    version: Annotated[int, Meta(ge=0)] = 0
    #: The shared drive of the folder.
    drive_id: str | None = None
    #: All earlier changes are submitted, `pending` or in `failed_files`. None: the tree must be listed.
    cursor: Cursor | None = None
    #: Start of the last listing of the whole tree.
    listed_at: datetime | None = None
    #: Folders to list, the next one last.
    pending: tuple[PendingFolder, ...] = ()
    failed_files: tuple[FailedFile, ...] = ()

    def changed(self, **changes: Any) -> Self:
        return self.but(**changes)

    def begun(self, cursor: Cursor, drive_id: str | None, now: datetime) -> Self:
        """Start a listing of the whole tree. `cursor` was fetched before it, so that the changes include what moves
        meanwhile."""
        root = PendingFolder(folder_id=self.folder_id)
        return self.changed(cursor=cursor, drive_id=drive_id, listed_at=now, pending=(root,))

    def with_pending(self, folders: Iterable[PendingFolder]) -> Self:
        """Add folders to list, before the others and none twice."""
        known = {each.folder_id for each in self.pending}
        new = {each.folder_id: each for each in folders if each.folder_id not in known}
        return self.changed(pending=(*self.pending, *new.values()))

    def due_for_retry(self, now: datetime) -> list[str]:
        """Return the ids of the failed files to retry now."""
        return [each.file_id for each in self.failed_files if not each.given_up and each.next_at <= now]

    def waiting(self, now: datetime, *, include_given_up: bool) -> set[str]:
        """Return the ids of the files not to be retried yet."""
        waiting = (each for each in self.failed_files if each.next_at > now)
        return {each.file_id for each in waiting if include_given_up or not each.given_up}

    def after_tries(
        self, done: Collection[str], failed: Collection[str], now: datetime, pause: timedelta
    ) -> tuple[Self, bool]:
        """Add the failed files and remove those that are done; also return whether all of them fit.

        Files that were given up are dropped first: a listing finds them again. `pause` is that after a first failure.
        """
        known = {each.file_id: each for each in self.failed_files if each.file_id not in done}
        for file_id in failed:
            failures = known[file_id].failures + 1 if file_id in known else 1
            # The exponent is capped: years of failures must not overflow a timedelta.
            wait = min(pause * 2 ** min(failures - 1, MAX_FAILURES), MAX_PAUSE)
            known[file_id] = FailedFile(file_id=file_id, failures=failures, next_at=now + wait)
        kept = list(known.values())
        for each in [each for each in kept if each.given_up][: max(0, len(kept) - MAX_FAILED_FILES)]:
            kept.remove(each)
        return self.changed(failed_files=tuple(kept[:MAX_FAILED_FILES])), len(kept) <= MAX_FAILED_FILES
