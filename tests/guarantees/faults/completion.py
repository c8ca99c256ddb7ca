"""Faults of planning, of job events, and of verification and delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import UncheckedLease, override
from vcp.adapters.google.credentials import SCOPE
from vcp.domain.errors import LeaseHeldError, RetryableError
from vcp.domain.mediaconvert.job_event import JobEvent
from vcp.domain.planning.audio_tracks import plan_track
from vcp.domain.planning.picture_size import min_short_side
from vcp.domain.planning.planner import plan
from vcp.domain.planning.size_budget import container_bytes
from vcp.domain.verification.checks import checked, not_measurable
from vcp.domain.verification.verdict import Verdict
from vcp.domain.verification.verify import correction_for, verify
from vcp.services.completion import Completion

COMPLETION = "tests/unit/services/test_completion.py"
TRANSFER = "tests/unit/services/test_transfer.py"
PLANNING = "tests/unit/domain/planning/test_planner.py"
VERIFYING = "tests/unit/domain/verification/test_verify.py"

PROMISE = Guarantee(
    "The result is below the limit, never below 720p, with every language",
    "The size limit is divided among sound, container and picture before anything is encoded. The picture is never "
    "scaled below the promised short side, no audio track is dropped, and a video that cannot keep the promise is "
    "rejected instead.",
)


@PROMISE.fault("A long video is planned below 720p", PLANNING)
def picture_is_planned_too_small(patch: Patch) -> None:
    patch.around(min_short_side, lambda original, picture, contract: original(picture, contract) // 2)


@PROMISE.fault("Only the first audio track is planned", PLANNING)
def languages_are_dropped(patch: Patch) -> None:
    patch.around(
        plan,
        lambda original, facts, *args, **kwargs: original(facts.but(audio=facts.audio[:1]), *args, **kwargs),
    )


@PROMISE.fault("The language of a track is lost", PLANNING)
def language_is_lost(patch: Patch) -> None:
    patch.around(plan_track, lambda original, *args: original(*args).but(language=None))


@PROMISE.fault(
    "The container's own bytes are not part of the budget", "tests/unit/domain/planning/test_size_budget.py", PLANNING
)
def container_is_not_budgeted(patch: Patch) -> None:
    patch.replace(container_bytes, lambda *args: 0)


EVENTS = Guarantee(
    "Job events may arrive twice, late, early or out of order",
    "EventBridge delivers at least once and in any order. The ledger decides whether an event means anything: events "
    "of other stacks, earlier attempts and older jobs change nothing, and one that is too early is delivered again.",
)


def _on_event(patch: Patch, change: Callable[[Completion, JobEvent], JobEvent]) -> None:
    patch.around(Completion.handle, lambda original, self, event, owner: original(self, change(self, event), owner))


@EVENTS.fault("An event of another stack's job is handled", COMPLETION)
def event_of_another_stack(patch: Patch) -> None:
    _on_event(patch, lambda self, event: replace(event, stack=self.stack))


@EVENTS.fault("A late event of the first job is taken for the second job's", COMPLETION)
def event_of_an_older_job(patch: Patch) -> None:
    def change(self: Completion, event: JobEvent) -> JobEvent:
        record = self.ledger.get(event.video_id or "")
        return event if record is None or record.job is None else replace(event, job_id=record.job.job_id)

    _on_event(patch, change)


@EVENTS.fault("An event that is faster than the ledger is dropped", COMPLETION)
def early_event_is_dropped(patch: Patch) -> None:
    def handle(original: Callable[..., None], *args: Any) -> None:
        try:
            original(*args)
        except LeaseHeldError:
            raise
        except RetryableError:
            return

    patch.around(Completion.handle, handle)


VERIFIED = Guarantee(
    "Only a verified result is delivered, and the original is never changed",
    "The result is measured and compared with plan, source and contract; what cannot be measured is reported as such. "
    "If another plan may help there is one, otherwise the video is rejected with the reason. Drive is read-only.",
)


@VERIFIED.fault("A result is delivered whatever the verdict says", COMPLETION)
def verdict_is_ignored(patch: Patch) -> None:
    patch.replace(Verdict.passed, property(lambda self: True))


@VERIFIED.fault("A result of exactly the limit passes", VERIFYING)
def limit_may_be_reached(patch: Patch) -> None:
    patch.around(
        verify,
        lambda original, plan, source, measured, contract: original(
            plan, source, measured, contract.but(limit_bytes=contract.limit_bytes + 1)
        ),
    )


@VERIFIED.fault("What could not be measured passes silently", VERIFYING)
def unmeasured_passes(patch: Patch) -> None:
    patch.replace(not_measurable, lambda name, expected, why: checked(name, expected, "", passed=True))


@VERIFIED.fault("A result that lost an audio track passes", VERIFYING, COMPLETION)
def lost_track_passes(patch: Patch) -> None:
    patch.around(
        checked,
        lambda original, name, *args, passed, **kwargs: original(
            name, *args, passed=passed or name == "audio_tracks", **kwargs
        ),
    )


@VERIFIED.fault("A result that is too large is rejected without a corrective plan", COMPLETION)
def no_corrective_plan(patch: Patch) -> None:
    patch.replace(correction_for, lambda verdict, measured_bytes: None)


@VERIFIED.fault("A result that was truncated while it was moved is delivered", COMPLETION)
def truncated_result_is_delivered(patch: Patch) -> None:
    def publish(original: Callable[..., None], self: Completion, record: Any, verdict: Any, measured: Any) -> None:
        def copy_from(*args: Any, **kwargs: Any) -> Any:
            return replace(self.compressed.copy_from(*args, **kwargs), size_bytes=measured.size_bytes)

        changed = replace(self, compressed=override(self.compressed, copy_from=copy_from))
        original(changed, record, verdict, measured)

    patch.around(Completion._publish, publish)


@VERIFIED.fault("A worker that lost its lease delivers", COMPLETION)
def delivery_without_a_lease(patch: Patch) -> None:
    patch.around(
        Completion._act, lambda original, self, record, event, lease: original(self, record, event, UncheckedLease())
    )


@VERIFIED.fault("The pipeline asks Drive for the right to write", "tests/unit/adapters/google/test_credentials.py")
def drive_is_writable(patch: Patch) -> None:
    patch.replace(SCOPE, SCOPE.removesuffix(".readonly"))
