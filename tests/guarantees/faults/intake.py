"""Faults of the intake, and of what identifies a video."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import ignore, override
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.google.errors import ApiError
from vcp.domain.errors import PermanentError, Rejection, RetryableError
from vcp.domain.reporting.plan_text import sentence
from vcp.domain.reporting.rejections import failed_job
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.video_id import video_id
from vcp.ports.ledger import Claim
from vcp.services.intake import RECHECKABLE_CODES, Intake, _next_attempt
from vcp.services.transfer import Transfer
from vcp.wire.messages import TransferMessage
from vcp.wire.object_keys import STAGING_PREFIX, result_key, staging_start

INTAKE = "tests/unit/services/test_intake.py"
LEDGER = "tests/integration/aws/ledger/test_table.py"
DRIVE_ERRORS = "tests/unit/adapters/google/test_errors.py"
OBJECT_KEYS = "tests/unit/wire/test_object_keys.py"
VIDEO_ID = "tests/unit/domain/video/test_video_id.py"

IDEMPOTENT = Guarantee(
    "Submitting the same content again creates no second video",
    "n8n repeats a call that takes too long or fails. A repeated call finds the video that is already there, and "
    "queues it again only if its message may be missing.",
)


@IDEMPOTENT.fault("A call about a video in progress queues it again", INTAKE)
def duplicate_is_queued_again(patch: Patch) -> None:
    def submit(original: Callable[..., Any], self: Intake, event: object) -> Any:
        answer = original(self, event)
        if answer.status == "duplicate":
            self.queue.send(TransferMessage(video_id=answer.video_id, attempt=answer.attempt))
        return answer

    patch.around(Intake.submit, submit)


@IDEMPOTENT.fault("A video whose message could not be sent is not queued by the next call", INTAKE)
def lost_message_is_not_sent_again(patch: Patch) -> None:
    patch.around(
        Intake._resubmitted,
        lambda original, self, *args: original(replace(self, queue=override(self.queue, send=ignore)), *args),
    )


@IDEMPOTENT.fault("Every claim believes that it created the video", LEDGER)
def every_claim_creates(patch: Patch) -> None:
    patch.around(DynamoLedger.claim, lambda original, self, record: Claim(original(self, record).record, created=True))


RETRY = Guarantee(
    "Submitting again is not a retry",
    "Only an operator's retry begins a new attempt, and it starts from nothing. The exception is a rejection that "
    "users can resolve in Drive, such as a file in the trash: it is checked again on every call.",
)


class _Everything(frozenset[str]):
    def __contains__(self, code: object) -> bool:
        return True


@RETRY.fault("A video that an operator cancelled starts again when it is submitted", INTAKE)
def cancelled_video_starts_again(patch: Patch) -> None:
    patch.replace(RECHECKABLE_CODES, _Everything())


@RETRY.fault("A file that was taken out of the trash stays rejected", INTAKE)
def lifted_rejection_stays(patch: Patch) -> None:
    patch.replace(RECHECKABLE_CODES, frozenset())


@RETRY.fault("A new attempt inherits recoveries, times and copy of the one before", INTAKE)
def attempts_share_state(patch: Patch) -> None:
    patch.around(
        _next_attempt,
        lambda original, known, fresh: original(known, fresh).but(
            recoveries=known.recoveries, times=known.times, stored=known.stored, plan=known.plan, job=known.job
        ),
    )


ERRORS = Guarantee(
    "Only a defect of the file rejects it, in words that its owner can act on",
    "A service that is down or busy decides nothing about a video: the error is raised and the work is retried. A "
    "rejection says in one sentence what is wrong and what would help, without codes or internals.",
)


@ERRORS.fault("A Drive outage rejects the video", INTAKE)
def outage_rejects(patch: Patch) -> None:
    def submit(original: Callable[..., Any], self: Intake, event: object) -> Any:
        def facts(*args: Any) -> Any:
            try:
                return self.drive.facts(*args)
            except RetryableError as error:
                raise Rejection(error.code, error.sentence) from error

        return original(replace(self, drive=override(self.drive, facts=facts)), event)

    patch.around(Intake.submit, submit)


@ERRORS.fault("A file that is not shared is raised as a failure and leaves no record", INTAKE)
def unshared_file_leaves_no_record(patch: Patch) -> None:
    def submit(original: Callable[..., Any], self: Intake, event: object) -> Any:
        def facts(*args: Any) -> Any:
            try:
                return self.drive.facts(*args)
            except Rejection as error:
                raise RetryableError(error.code, error.sentence) from error

        return original(replace(self, drive=override(self.drive, facts=facts)), event)

    patch.around(Intake.submit, submit)


@ERRORS.fault("A busy Google API fails the video", DRIVE_ERRORS)
def busy_drive_is_permanent(patch: Patch) -> None:
    patch.replace(ApiError.is_transient, property(lambda self: False))


@ERRORS.fault("A rejection does not say what would help", "tests/unit/domain/reporting/test_plan_text.py")
def rejection_gives_no_advice(patch: Patch) -> None:
    patch.replace(sentence, lambda error: "The video cannot be compressed.")


@ERRORS.fault(
    "A source that the encoder cannot read is reported in the encoder's words",
    "tests/unit/domain/reporting/test_rejections.py",
)
def encoder_errors_reach_people(patch: Patch) -> None:
    patch.replace(failed_job, lambda code, detail: PermanentError(f"mediaconvert_{code}", detail))


VERSIONS = Guarantee(
    "A video is one version of one Drive file, and its objects are its own",
    "Video id and object keys contain the file's id, its checksum, the attempt and the plan, so that files with the "
    "same name, attempts and plans never overwrite each other. A new version supersedes the older one; both say so. "
    "People download the result under its original name.",
)


@VERSIONS.fault("A new version of a file is taken for the old one", VIDEO_ID, INTAKE)
def versions_share_an_id(patch: Patch) -> None:
    patch.around(video_id, lambda original, file_id, md5, revision: original(file_id, md5 and "0" * 32, revision))


@VERSIONS.fault("The older version does not say that it was superseded", LEDGER)
def superseded_version_is_not_marked(patch: Patch) -> None:
    def changed(original: Callable[..., VideoRecord], self: VideoRecord, *args: Any, **changes: Any) -> VideoRecord:
        changes.pop("superseded_by", None)
        return original(self, *args, **changes)

    patch.around(VideoRecord.changed, changed)


@VERSIONS.fault("A superseded version is still copied and encoded", "tests/unit/services/test_transfer.py")
def superseded_version_is_copied(patch: Patch) -> None:
    def process(original: Callable[..., None], self: Transfer, message: TransferMessage, *args: Any) -> None:
        record = self.ledger.get(message.video_id)
        if record is not None and record.superseded_by is not None:
            self.ledger.save(record.but(superseded_by=None))
        original(self, message, *args)

    patch.around(Transfer.process, process)


@VERSIONS.fault("Results of different videos share a key", OBJECT_KEYS)
def videos_share_a_result_key(patch: Patch) -> None:
    patch.around(result_key, lambda original, _, attempt: original("video", attempt))


@VERSIONS.fault("Deleting what attempt 1 left deletes attempt 10 as well", OBJECT_KEYS)
def attempts_are_prefixes_of_each_other(patch: Patch) -> None:
    patch.replace(staging_start, lambda video, attempt: f"{STAGING_PREFIX}{video}/{attempt}")
