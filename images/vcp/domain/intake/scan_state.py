"""Where the scan of the watched folder stands: what the ledger keeps between two looks. Immutable."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from msgspec import Meta

from vcp.domain.value import Value

#: A file that the door failed for this often is not tried again by itself, only when it changes or is listed again.
#: By the defaults that is after some thirty hours.
MAX_FAILURES = 14
#: The pauses between tries double up to this.
MAX_PAUSE = timedelta(hours=12)
#: So many files are remembered; that more fail at once says that the door is down, and the scan keeps its place.
MAX_FAILED_FILES = 200


class Cursor(Value):
    """A place in one of Drive's logs of changes: the account's own, or that of a shared drive."""

    token: str
    drive_id: str | None = None


class PendingFolder(Value):
    """A folder whose children are still to be listed, from this page on; `depth` counts from the watched folder."""

    folder_id: str
    depth: Annotated[int, Meta(ge=0)] = 0
    page_token: str | None = None


class FailedFile(Value):
    """A file that the door failed for, and when it is tried again."""

    file_id: str
    failures: Annotated[int, Meta(ge=1)]
    next_at: datetime

    @property
    def given_up(self) -> bool:
        return self.failures >= MAX_FAILURES


class ScanState(Value):
    """All that is known of one watched folder between two looks.

    `version` counts writes: the ledger writes only on top of the one that was read, so of two scans at once one ends.
    """

    schema_version: Literal[1] = 1
    folder_id: str
    version: Annotated[int, Meta(ge=0)] = 0
    #: The shared drive that the folder lies in.
    drive_id: str | None = None
    #: Everything before it is announced, or stands in `pending` or `troubled`. None: the tree is to be listed.
    cursor: Cursor | None = None
    #: When the last listing of the whole tree began.
    listed_at: datetime | None = None
    #: Folders to list, the next one last.
    pending: tuple[PendingFolder, ...] = ()
    troubled: tuple[FailedFile, ...] = ()

    def changed(self, **changes: Any) -> Self:
        return self.but(**changes)

    def begun(self, cursor: Cursor, drive_id: str | None, now: datetime) -> Self:
        """At the beginning of a listing of the whole tree. `cursor` was asked for before it, so that what moves
        meanwhile is found among the changes."""
        root = PendingFolder(folder_id=self.folder_id)
        return self.changed(cursor=cursor, drive_id=drive_id, listed_at=now, pending=(root,))

    def with_pending(self, folders: Iterable[PendingFolder]) -> Self:
        """With more folders to list, those first; none twice."""
        known = {each.folder_id for each in self.pending}
        new = {each.folder_id: each for each in folders if each.folder_id not in known}
        return self.changed(pending=(*self.pending, *new.values()))

    def due_for_another_try(self, now: datetime) -> list[str]:
        """Ids of the files that are tried again by now."""
        return [each.file_id for each in self.troubled if not each.given_up and each.next_at <= now]

    def waiting(self, now: datetime, *, given_up_too: bool) -> set[str]:
        """Ids of the files that have to wait: whoever comes across them leaves them alone."""
        waiting = (each for each in self.troubled if each.next_at > now)
        return {each.file_id for each in waiting if given_up_too or not each.given_up}

    def after_tries(
        self, done: Collection[str], failed: Collection[str], now: datetime, pause: timedelta
    ) -> tuple[Self, bool]:
        """Remember those that failed, forget those that are done; and whether all that failed have found room.

        Those given up make room first: a listing finds them again. `pause` follows the first failure and doubles.
        """
        known = {each.file_id: each for each in self.troubled if each.file_id not in done}
        for file_id in failed:
            failures = known[file_id].failures + 1 if file_id in known else 1
            # Not the power itself: a file that has failed for months must not overflow a timedelta.
            wait = min(pause * 2 ** min(failures - 1, MAX_FAILURES), MAX_PAUSE)
            known[file_id] = FailedFile(file_id=file_id, failures=failures, next_at=now + wait)
        kept = list(known.values())
        for each in [each for each in kept if each.given_up][: max(0, len(kept) - MAX_FAILED_FILES)]:
            kept.remove(each)
        return self.changed(troubled=tuple(kept[:MAX_FAILED_FILES])), len(kept) <= MAX_FAILED_FILES
