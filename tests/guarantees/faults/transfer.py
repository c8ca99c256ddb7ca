"""Faults of the transfer and of job submission."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import UncheckedLease, ignore, override
from vcp.domain.errors import RetryableError
from vcp.domain.video.states import State
from vcp.services.copying import HandOver, PartCopier
from vcp.services.job_submission import JobSubmission
from vcp.services.transfer import Transfer, _same_media
from vcp.wire.messages import TransferMessage

TRANSFER = "tests/unit/services/test_transfer.py"
COMPLETION = "tests/unit/services/test_completion.py"
COPYING = "tests/unit/services/test_copying.py"
HANDLER = "tests/unit/handlers/test_transfer.py"

RESUME = Guarantee(
    "A transfer continues where it stopped",
    "A copy of 100 GB takes longer than the 15 minutes of a Lambda invocation. Before its time is up the worker makes "
    "its own message visible again, and the next one continues with the first missing part. SQS counts the attempts.",
)


@RESUME.fault("A worker ignores the time that it has left", TRANSFER)
def deadline_is_ignored(patch: Patch) -> None:
    patch.around(
        Transfer.process,
        lambda original, self, message, owner, time_left: original(self, message, owner, lambda: timedelta(hours=1)),
    )


@RESUME.fault("The next worker starts again with the first part", TRANSFER)
def parts_are_copied_again(patch: Patch) -> None:
    patch.around(PartCopier.copy, lambda original, self, safe: original(self, []))


@RESUME.fault("A handover counts as done, and its message is deleted", HANDLER)
def handover_counts_as_done(patch: Patch) -> None:
    def process(original: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        try:
            original(*args, **kwargs)
        except HandOver:
            return

    patch.around(Transfer.process, process)


@RESUME.fault("A temporary error counts as done, and the message is deleted", HANDLER)
def temporary_error_counts_as_done(patch: Patch) -> None:
    def process(original: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        try:
            original(*args, **kwargs)
        except RetryableError:
            return

    patch.around(Transfer.process, process)


COPY = Guarantee(
    "The encoder gets exactly the bytes that Drive has",
    "The copy is compared with Drive's checksum and size, its media facts with those of the source, and the version "
    "with the one that was submitted. A damaged copy is discarded and fetched again.",
)


@COPY.fault("The checksum of the copy is not compared with Drive's", TRANSFER)
def checksum_is_not_compared(patch: Patch) -> None:
    patch.around(
        Transfer._complete_upload,
        lambda original, self, record, copied, turn: original(
            self, record, replace(copied, md5=record.source.md5), turn
        ),
    )


@COPY.fault("A file that is replaced in Drive during the copy is encoded", TRANSFER)
def version_is_not_checked(patch: Patch) -> None:
    patch.around(
        Transfer.process,
        lambda original, self, *args: original(replace(self, drive=override(self.drive, check_version=ignore)), *args),
    )


@COPY.fault("The stored copy is not probed", TRANSFER)
def copy_is_not_probed(patch: Patch) -> None:
    patch.replace(_same_media, lambda one, other: True)


@COPY.fault("A download that broke off is stored as a part", COPYING)
def short_part_is_stored(patch: Patch) -> None:
    def copy_part(_: Any, self: PartCopier, number: int) -> Any:
        data = b"".join(self.source.read((number - 1) * self.part_bytes, self._length(number)))
        return self.store.put_part(self.key, self.upload_id, number, data), data

    patch.around(PartCopier._copy_part, copy_part)


ONE_JOB = Guarantee(
    "One plan becomes one MediaConvert job",
    "A job costs money, and MediaConvert forgets a ClientRequestToken after a minute. The request is recorded before "
    "CreateJob, and a retry looks for the existing job first. A message that is delivered twice does its work once.",
)


@ONE_JOB.fault("A retry does not look for the job that exists already", TRANSFER, COMPLETION)
def existing_job_is_not_found(patch: Patch) -> None:
    patch.around(
        JobSubmission.submit,
        lambda original, self, *args, **kwargs: original(
            replace(self, transcoder=override(self.transcoder, find=ignore)), *args, **kwargs
        ),
    )


@ONE_JOB.fault("The second submission has the token of the first, so the service ignores it", COMPLETION)
def submissions_share_a_token(patch: Patch) -> None:
    patch.around(
        JobSubmission._create, lambda original, self, record, plan, submission: original(self, record, plan, 1)
    )


@ONE_JOB.fault("A worker that lost its lease submits a job", TRANSFER)
def job_without_a_lease(patch: Patch) -> None:
    patch.around(
        JobSubmission.submit,
        lambda original, self, record, plan, lease, *args, **kwargs: original(
            self, record, plan, UncheckedLease(), *args, **kwargs
        ),
    )


@ONE_JOB.fault("A message that is delivered again is worked on again", TRANSFER)
def message_is_worked_on_twice(patch: Patch) -> None:
    def process(original: Callable[..., None], self: Transfer, message: TransferMessage, *args: Any) -> None:
        record = self.ledger.get(message.video_id)
        if record is not None and record.state is State.TRANSCODING:
            self.ledger.save(record.but(state=State.TRANSFERRING))
        original(self, message, *args)

    patch.around(Transfer.process, process)
