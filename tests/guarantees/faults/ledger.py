"""Faults of the ledger, of leases, and of recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tests.guarantees.registry import Guarantee, Patch
from tests.guarantees.wrappers import ignore, override, unconditional
from vcp.adapters.aws.ledger.items import existing_item
from vcp.adapters.aws.ledger.leases import HeldLease, Leases
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.errors import VcpError
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import check_move
from vcp.services.reconciler import Reconciler

LEDGER = "tests/integration/aws/ledger/test_table.py"
LEASE_TESTS = "tests/integration/aws/ledger/test_leases.py"
RECONCILER = "tests/unit/services/test_reconciler.py"

CONDITIONAL = Guarantee(
    "The ledger is the only state, and every write to it is conditional",
    "A worker that was overtaken cannot write, an illegal move between states is an error, and what is written can be "
    "read back.",
)


@CONDITIONAL.fault("A change overwrites one that was written meanwhile", LEDGER)
def newer_change_is_overwritten(patch: Patch) -> None:
    def save(original: Callable[..., VideoRecord], self: DynamoLedger, record: VideoRecord) -> VideoRecord:
        current = self.get(record.video_id)
        return original(self, record if current is None else record.but(version=current.version))

    patch.around(DynamoLedger.save, save)


@CONDITIONAL.fault("A writer whose answer was lost takes its own write for another's", LEDGER)
def own_write_is_not_recognized(patch: Patch) -> None:
    patch.replace(existing_item, lambda error: {})


@CONDITIONAL.fault("A video may move from any state to any other", "tests/unit/domain/video/test_states.py")
def every_move_is_legal(patch: Patch) -> None:
    patch.replace(check_move, ignore)


LEASES = Guarantee(
    "One worker at a time, and a dead one is replaced within minutes",
    "A worker holds a lease, renews it with a heartbeat, and checks it before it does what cannot be undone. A lease "
    "that expired is free; one that is held is respected.",
)


def _with_client(method: Callable[..., Any], change: Callable[[Any], Any], patch: Patch) -> None:
    """Give one method of `Leases` another DynamoDB client."""

    def changed(original: Callable[..., Any], self: Leases, *args: Any, **kwargs: Any) -> Any:
        client = self._client
        self._client = change(client)
        try:
            return original(self, *args, **kwargs)
        finally:
            self._client = client

    patch.around(method, changed)


@LEASES.fault("Two workers hold the same video", LEASE_TESTS)
def two_workers_hold_a_video(patch: Patch) -> None:
    _with_client(Leases._acquire, unconditional, patch)


@LEASES.fault("A worker does not notice that its lease expired", LEASE_TESTS)
def expiry_is_ignored(patch: Patch) -> None:
    patch.replace(HeldLease.check, ignore)


@LEASES.fault("The heartbeat renews nothing", LEASE_TESTS)
def heartbeat_stops(patch: Patch) -> None:
    patch.replace(Leases._renew, ignore)


@LEASES.fault("The reconciler takes a video from a worker that is alive", RECONCILER)
def living_workers_are_replaced(patch: Patch) -> None:
    patch.around(
        Reconciler.run,
        lambda original, self: original(replace(self, ledger=override(self.ledger, lease_holder=ignore))),
    )


RECOVERY = Guarantee(
    "Lost work is recovered, and no video loops forever",
    "In every active state a record says when it is due. The reconciler recovers what is overdue: lost messages, lost "
    "events, dead workers. Recoveries are counted before they begin and bounded; one video never blocks the others.",
)


@RECOVERY.fault(
    "A video in progress has no due time, so no one notices that its worker died",
    "tests/unit/services/test_completion.py",
)
def records_are_never_due(patch: Patch) -> None:
    patch.around(
        VideoRecord.moved,
        lambda original, self, state, now, **changes: original(self, state, now, **{**changes, "due_at": None}),
    )


@RECOVERY.fault("A job whose final event was lost is not checked", RECONCILER)
def lost_event_is_not_noticed(patch: Patch) -> None:
    def run(original: Callable[..., Any], self: Reconciler) -> Any:
        def status(job_id: str) -> Any:
            return replace(self.transcoder.status(job_id), status="PROGRESSING")

        return original(replace(self, transcoder=override(self.transcoder, status=status)))

    patch.around(Reconciler.run, run)


@RECOVERY.fault("Recoveries are not counted, so a video is recovered forever", RECONCILER)
def recoveries_are_not_counted(patch: Patch) -> None:
    def without(original: Callable[..., VideoRecord], self: VideoRecord, *args: Any, **changes: Any) -> VideoRecord:
        changes.pop("recoveries", None)
        return original(self, *args, **changes)

    patch.around(VideoRecord.changed, without)
    patch.around(VideoRecord.moved, without)


@RECOVERY.fault("After a video that fails, the reconciler checks no other", RECONCILER)
def one_video_blocks_the_others(patch: Patch) -> None:
    failed: list[str] = []

    def recover(original: Callable[..., bool], self: Reconciler, record: VideoRecord) -> bool:
        if failed:
            return False
        try:
            return original(self, record)
        except VcpError:
            failed.append(record.video_id)
            raise

    patch.around(Reconciler._recover, recover)
