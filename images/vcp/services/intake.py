"""The door: decide about one announced Drive file, once, and answer within a second."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from msgspec import Struct, ValidationError

from vcp.domain.errors import InvalidRequestError, Rejection
from vcp.domain.intake.candidates import FOLDER_MIME_TYPE, GOOGLE_MIME_TYPES
from vcp.domain.intake.request import IntakeRequest, parse_request
from vcp.domain.model.contract import Contract, resolve
from vcp.domain.text import wording
from vcp.domain.text.names import one_line
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

#: Ends that a person can lift in Drive: looked at again at each announcement (settled in the design). The last two:
#: who announces a version that was replaced has put it back.
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
        "superseded",
    }
)


class Intake(Struct, frozen=True):
    """What the door needs. `contract` is the stack's default."""

    drive: SourceDrive
    ledger: Ledger
    queue: TransferQueue
    clock: Clock
    contract: Contract
    queue_timeout: timedelta
    metrics: Metrics

    def submit(self, event: object) -> IntakeAnswer:
        """Take in one call of n8n, or of a person, and answer what became of it.

        Raises `InvalidRequestError` for what cannot be attributed to a Drive file, and whatever passes
        (`RetryableError`, `WaitUntilError`), so that the caller sees a failure and calls again.
        """
        request = parse_request(event)
        if request.unread:
            logger.info("claims left out", extra={"file_id": request.file_id, "fields": request.unread})
        fresh = self._judge(request, self.clock.now())
        claim = self.ledger.claim(fresh)
        if claim.created:
            return self._take_in(claim.record)
        return self._known(claim.record, fresh)

    def _judge(self, request: IntakeRequest, now: datetime) -> VideoRecord:
        contract = self._contract_for(request)
        try:
            file = self.drive.facts(request.file_id, request.resource_key)
        except Rejection as refusal:
            return _record(_unseen(request), contract, now, State.REJECTED, problem_of(refusal))
        source = _source(file, request)
        if request.claimed_size_bytes not in (None, file.size_bytes):
            claim = {"claimed_bytes": request.claimed_size_bytes, "drive_bytes": file.size_bytes}
            logger.info("Drive tells another size", extra={"file_id": file.file_id, **claim})
        try:
            _refuse_what_is_no_file(file, source.name)
        except Rejection as refusal:
            return _record(source, contract, now, State.REJECTED, problem_of(refusal))
        if source.size_bytes is not None and source.size_bytes <= contract.compress_above_bytes:
            return _record(source, contract, now, State.SKIPPED, _within_limit(source, contract))
        return _record(source, contract, now, State.QUEUED, None, due_at=now + self.queue_timeout)

    def _contract_for(self, request: IntakeRequest) -> Contract:
        try:
            return resolve(self.contract, request.overrides)
        except ValidationError as error:
            raise InvalidRequestError("bad_override", f"The settings in this call cannot be used: {error}.") from error

    def _take_in(self, record: VideoRecord) -> IntakeAnswer:
        logger.info("taken in", extra={"video_id": record.video_id, "state": record.state})
        count_outcome(self.metrics, record)
        if record.state is State.QUEUED:
            self._enqueue(record)
            instead = " It takes the place of an older version." if record.supersedes else ""
            return _answer(record, "accepted", "queued", f"{record.source.name} is queued for compression.{instead}")
        return _decided(record)

    def _known(self, known: VideoRecord, fresh: VideoRecord) -> IntakeAnswer:
        """The same content announced again: never a retry, but a rejection that was lifted in Drive is seen."""
        if (
            known.state in (State.REJECTED, State.CANCELLED)
            and known.problem
            and known.problem.code in RECHECKABLE_CODES
        ):
            if fresh.state is State.REJECTED and fresh.problem == known.problem:
                return _decided(known)
            if fresh.state in LEGAL_MOVES[known.state]:
                return self._take_in(self.ledger.save(_next_attempt(known, fresh)))
        if known.state is State.QUEUED:
            # The call before may have failed between claim and message; a second message is harmless.
            self._enqueue(known)
        if known.state is State.REJECTED:
            return _decided(known)
        reason = f"{known.source.name} is known already: {known.state}."
        return _answer(known, "duplicate", "known", reason)

    def _enqueue(self, record: VideoRecord) -> None:
        self.queue.send(TransferMessage(video_id=record.video_id, attempt=record.attempt))


def _next_attempt(known: VideoRecord, fresh: VideoRecord) -> VideoRecord:
    """A new attempt begins with nothing of the one before: its plan was made for another contract, its copy and its
    job are its own. What is not the attempt's stays."""
    return fresh.but(
        version=known.version,
        created_at=known.created_at,
        project=known.project,
        supersedes=known.supersedes,
        attempt=known.attempt + 1,
    )


def _refuse_what_is_no_file(file: DriveFile, name: str) -> None:
    if file.mime_type == FOLDER_MIME_TYPE:
        raise Rejection("drive_folder", f'"{name}" is a folder; put the video itself into the watched folder.')
    if file.mime_type.startswith(GOOGLE_MIME_TYPES):
        raise Rejection("drive_google_document", f'"{name}" is a Google document and no video file.', file.mime_type)
    if file.trashed:
        raise Rejection("drive_trashed", f'"{name}" is in the trash; restore it and announce it again.')
    if not file.can_download:
        raise Rejection(
            "drive_download_disabled",
            f'Downloading "{name}" is disabled; its owner can allow it under Share, Settings.',
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


def _unseen(request: IntakeRequest) -> SourceFile:
    """A file that Drive does not show us: all we know is what the caller said."""
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
        times={"announced": now, str(state): now},
    )


def _within_limit(source: SourceFile, contract: Contract) -> Problem:
    return Problem(
        code="within_limit",
        sentence=f"It needs nothing: {wording.size(source.size_bytes or 0)} is not above "
        f"{wording.size(contract.compress_above_bytes)}.",
    )


def _decided(record: VideoRecord) -> IntakeAnswer:
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
