"""Decide about one submitted Drive file, once, and answer within a second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct, ValidationError

from vcp.domain.errors import InvalidRequestError, Rejection
from vcp.domain.intake.drive_resource import FOLDER_MIME_TYPE, GOOGLE_MIME_TYPES
from vcp.domain.intake.request import IntakeRequest, parse_request
from vcp.domain.model.contract import Contract, resolve
from vcp.domain.text import wording
from vcp.domain.text.lines import one_line
from vcp.domain.video.record import Problem, SourceFile, VideoRecord
from vcp.domain.video.states import LEGAL_MOVES, State
from vcp.domain.video.video_id import video_id
from vcp.ports.clock import Clock
from vcp.ports.drive import DriveFile, SourceDrive
from vcp.ports.ledger import Ledger
from vcp.ports.messaging import TransferQueue
from vcp.ports.metrics import Metrics
from vcp.services.outcomes import count_outcome, problem_of
from vcp.wire.messages import IntakeAnswer, TransferMessage

logger = Logger(child=True)

#: Outcomes that users can change in Drive: checked again at each submission. The last two: submitting a replaced
#: version again means that it was restored.
RECHECKABLE_CODES = frozenset(
    {
        "drive_not_found",
        "drive_not_shared",
        "drive_no_content",
        "drive_folder",
        "drive_google_document",
        "drive_dead_shortcut",
        "drive_trashed",
        "drive_download_disabled",
        "drive_file_changed",
        "size_unknown",
        "superseded",
    }
)


class Intake(Struct, frozen=True):
    """`contract`: the stack's default. `queue_timeout`: after that a queued video is queued again."""

    drive: SourceDrive
    ledger: Ledger
    queue: TransferQueue
    clock: Clock
    contract: Contract
    queue_timeout: timedelta
    metrics: Metrics

    def submit(self, event: object) -> IntakeAnswer:
        """Handle one call and return the decision about the file.

        Raises `InvalidRequestError` if the call names no Drive file, and transient faults (`RetryableError`,
        `WaitUntilError`), so that the caller sees a failure and calls again.
        """
        request = parse_request(event)
        if request.unread:
            logger.info("ignored unreadable fields", extra={"file_id": request.file_id, "fields": request.unread})
        fresh = self._evaluate(request, self.clock.now())
        claim = self.ledger.claim(fresh)
        if claim.created:
            return self._accept(claim.record)
        return self._resubmitted(claim.record, fresh)

    def _evaluate(self, request: IntakeRequest, now: datetime) -> VideoRecord:
        contract = self._contract_for(request)
        try:
            file = self.drive.facts(request.file_id, request.resource_key)
        except Rejection as rejection:
            return _record(_invisible_source(request), contract, now, State.REJECTED, problem_of(rejection))
        source = _source(file, request)
        if request.claimed_size_bytes not in (None, file.size_bytes):
            sizes = {"claimed_bytes": request.claimed_size_bytes, "drive_bytes": file.size_bytes}
            logger.info("Drive reports another size", extra={"file_id": file.file_id, **sizes})
        try:
            _reject_unusable(file, source.name)
        except Rejection as rejection:
            return _record(source, contract, now, State.REJECTED, problem_of(rejection))
        if source.size_bytes is not None and source.size_bytes <= contract.compress_above_bytes:
            return _record(source, contract, now, State.SKIPPED, _within_limit(source, contract))
        return _record(source, contract, now, State.QUEUED, None, due_at=now + self.queue_timeout)

    def _contract_for(self, request: IntakeRequest) -> Contract:
        try:
            return resolve(self.contract, request.overrides)
        except ValidationError as error:
            raise InvalidRequestError("bad_override", f"The settings in this call cannot be used: {error}.") from error

    def _accept(self, record: VideoRecord) -> IntakeAnswer:
        logger.info("accepted", extra={"video_id": record.video_id, "state": record.state})
        count_outcome(self.metrics, record)
        if record.state is not State.QUEUED:
            return _decision(record)
        self._enqueue(record)
        replaces = " It replaces an older version." if record.supersedes else ""
        return _answer(record, "accepted", "queued", f"{record.source.name} is queued for compression.{replaces}")

    def _resubmitted(self, known: VideoRecord, fresh: VideoRecord) -> IntakeAnswer:
        """Answer about known content: no retry, unless the cause of a rejection no longer exists in Drive."""
        if is_recheckable(known.state, known.problem.code if known.problem else None):
            if fresh.state is State.REJECTED and fresh.problem == known.problem:
                return _decision(known)
            if fresh.state in LEGAL_MOVES[known.state]:
                return self._accept(self.ledger.save(_next_attempt(known, fresh)))
        if known.state is State.QUEUED:
            # The previous call may have failed between claim and message; a second message does no harm.
            self._enqueue(known)
        if known.state is State.REJECTED:
            return _decision(known)
        return _answer(known, "duplicate", "known", f"{known.source.name} is already known: {known.state}.")

    def _enqueue(self, record: VideoRecord) -> None:
        self.queue.send(TransferMessage(video_id=record.video_id, attempt=record.attempt))


def is_recheckable(state: State, problem_code: str | None) -> bool:
    """Whether a video with this state and problem is checked again when it is submitted again."""
    return state in (State.REJECTED, State.CANCELLED) and problem_code in RECHECKABLE_CODES


def _next_attempt(known: VideoRecord, fresh: VideoRecord) -> VideoRecord:
    """Return the record of a new attempt: it keeps the video's history, and nothing of the previous attempt."""
    return fresh.but(
        version=known.version,
        created_at=known.created_at,
        project=known.project,
        supersedes=known.supersedes,
        attempt=known.attempt + 1,
    )


def _reject_unusable(file: DriveFile, name: str) -> None:
    """Raise `Rejection` for what is not a readable file with content."""
    if file.mime_type == FOLDER_MIME_TYPE:
        raise Rejection("drive_folder", f'"{name}" is a folder; put the video itself into the watched folder.')
    if file.mime_type.startswith(GOOGLE_MIME_TYPES):
        raise Rejection("drive_google_document", f'"{name}" is a Google document, not a video file.', file.mime_type)
    if file.trashed:
        raise Rejection("drive_trashed", f'"{name}" is in the trash; restore it and submit it again.')
    if not file.can_download:
        raise Rejection(
            "drive_download_disabled",
            f'Downloading "{name}" is disabled; its owner can allow it under Share > Settings.',
        )
    if file.size_bytes == 0:
        raise Rejection("empty_file", f'"{name}" is empty (0 bytes); upload it again.')


def _source(file: DriveFile, request: IntakeRequest) -> SourceFile:
    return SourceFile(
        file_id=file.file_id,
        name=one_line(file.name) or request.claimed_name or "unnamed",
        size_bytes=file.size_bytes,
        mime_type=file.mime_type,
        md5=file.md5,
        head_revision_id=file.head_revision_id,
        web_url=file.web_url or _link(file.file_id),
        uploader=request.uploader or one_line(file.owner or "") or "unknown",
        created_at=file.created_at,
    )


def _invisible_source(request: IntakeRequest) -> SourceFile:
    """Describe a file that Drive does not show us, from the caller's claims."""
    return SourceFile(
        file_id=request.file_id,
        name=request.claimed_name or "unknown",
        web_url=_link(request.file_id, request.resource_key),
        uploader=request.uploader or "unknown",
    )


def _link(file_id: str, resource_key: str | None = None) -> str:
    key = f"?resourcekey={resource_key}" if resource_key else ""
    return f"https://drive.google.com/file/d/{file_id}/view{key}"


def _record(
    source: SourceFile,
    contract: Contract,
    now: datetime,
    state: State,
    problem: Problem | None,
    due_at: datetime | None = None,
) -> VideoRecord:
    return VideoRecord(
        video_id=video_id(source.file_id, source.md5, source.head_revision_id),
        state=state,
        source=source,
        contract=contract,
        created_at=now,
        updated_at=now,
        due_at=due_at,
        problem=problem,
        times={"submitted": now, str(state): now},
    )


def _within_limit(source: SourceFile, contract: Contract) -> Problem:
    return Problem(
        code="within_limit",
        sentence=f"It needs no compression: {wording.size(source.size_bytes or 0)} is not above "
        f"{wording.size(contract.compress_above_bytes)}.",
    )


def _decision(record: VideoRecord) -> IntakeAnswer:
    problem = record.problem or Problem(code=str(record.state), sentence=str(record.state))
    status: Any = "skipped" if record.state is State.SKIPPED else "rejected"
    return _answer(record, status, problem.code, problem.sentence)


def _answer(record: VideoRecord, status: Any, code: str, reason: str) -> IntakeAnswer:
    return IntakeAnswer(
        video_id=record.video_id,
        status=status,
        state=record.state,
        code=code,
        reason=reason,
        file_name=record.source.name,
        attempt=record.attempt,
    )
