"""The pipeline's errors, in one tree. Raise them; never return a failure.

VcpError                    a code for programs, a sentence for the uploader, details for the operator
  RetryableError            transient: the queue, the stream or the caller tries again
    LeaseHeldError
    StaleRecordError
  WaitUntilError            no retry can succeed before `until`: the video waits, the reconciler resumes it
  PermanentError            trying again cannot help: the video ends as Failed
    Rejection               the file cannot meet the contract or may not be read: it ends as Rejected
    InvalidRequestError     the call names no Drive file: raised to the caller, not recorded
    IllegalMoveError        a bug in the program
    CursorExpiredError      a page token or a position in a change log is no longer valid
  IncompleteRecordError     a bug in the program: the video keeps its state
"""

from __future__ import annotations

from datetime import datetime


class VcpError(Exception):
    """Root of the tree. `str()` gives code, sentence and detail in one line, for the operator."""

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        self.code = code
        self.sentence = sentence
        self.detail = detail
        super().__init__(" ".join(part for part in (f"{code}:", sentence, f"[{detail}]" if detail else "") if part))


class RetryableError(VcpError):
    """A transient fault of a service or the network."""


class LeaseHeldError(RetryableError):
    """Another worker holds the lease of this video; it is working or its lease will lapse."""


class StaleRecordError(RetryableError):
    """The record changed since it was read: read and decide again."""


class WaitUntilError(VcpError):
    """No retry can succeed before `until` (UTC), for example an exhausted daily download quota of Drive."""

    def __init__(self, code: str, sentence: str, until: datetime, detail: str = "") -> None:
        super().__init__(code, sentence, detail)
        self.until = until


class PermanentError(VcpError):
    """Trying again cannot help."""


class CursorExpiredError(PermanentError):
    """A service no longer accepts a page token or a position in its change log: start again from the beginning."""


class InvalidRequestError(PermanentError):
    """A call that names no Drive file. It is raised to the caller and not recorded."""


class Rejection(PermanentError):  # noqa: N818 - the usual term
    """A file that cannot be processed, with the reason in plain words. It gets a row and a mail."""


class IllegalMoveError(PermanentError):
    """A state change that `vcp.domain.video.states` does not allow: a bug in the program."""


class IncompleteRecordError(VcpError):
    """A record lacks what its state implies: a bug in the program. It never ends a video."""
