"""The one tree of errors. Raise these; never return a failure.

Every error carries a stable `code` (what programs match on), a `sentence` for the person who made the video,
and a `detail` for the operator. What becomes of a video follows from the branch:

- `RetryableError`: a passing fault; the same work is tried again by the queue, the stream or the caller.
- `WaitUntilError`: nothing helps before `until`; the video waits and the reconciler takes it up again.
- `PermanentError`: trying again cannot help. `Rejection` (the file cannot meet the contract, or may not be
  read) ends in Rejected; any other ends in Failed.
"""

from __future__ import annotations

from datetime import datetime


class VcpError(Exception):
    """Root of the tree. `str()` is what an operator reads: code, sentence and detail in one line."""

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        self.code = code
        self.sentence = sentence
        self.detail = detail
        super().__init__(f"{code}: {sentence}" + (f" [{detail}]" if detail else ""))


class RetryableError(VcpError):
    """A passing fault of a service or the network."""


class LeaseHeldError(RetryableError):
    """Another worker holds the lease of this video; it is at work or will lapse."""


class StaleRecordError(RetryableError):
    """The ledger's record changed since it was read: read again and decide again."""


class WaitUntilError(VcpError):
    """Nothing helps before `until` (UTC), for instance Drive's download quota of a day."""

    def __init__(self, code: str, sentence: str, until: datetime, detail: str = "") -> None:
        super().__init__(code, sentence, detail)
        self.until = until


class PermanentError(VcpError):
    """Trying again as it is cannot help."""


class CursorExpiredError(PermanentError):
    """A service no longer knows the place in a list that it once told: the list is to be begun anew."""


class InvalidRequestError(PermanentError):
    """A call that cannot be attributed to a Drive file; it is raised to the caller, and leaves no trace."""


class Rejection(PermanentError):  # noqa: N818 - the field's word for it
    """A file that is refused, with the reason in plain words: it gets a row and a mail."""


class IllegalMoveError(PermanentError):
    """A change of state that the table of states does not know: a fault of the program."""
