"""Leases in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from tests.fakes.clock import ManualClock
from tests.integration.aws.ledger.records import at_once, new_record
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.errors import LeaseHeldError
from vcp.ports.ledger import LeaseHolder
from vcp.wire import ledger_table as keys


def test_only_one_worker_holds_a_lease(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    all_tried = Barrier(8)

    def work(number: int) -> str:
        try:
            with ledger.lease(record.video_id, 1, f"worker-{number}", 60) as lease:
                lease.check()
                # Hold it until all have tried.
                all_tried.wait(30)
                return lease.owner
        except LeaseHeldError:
            all_tried.wait(30)
            raise

    outcomes = at_once(8, work)

    assert len([outcome for outcome in outcomes if isinstance(outcome, str)]) == 1
    assert ledger.lease_holder(record.video_id) is None


def test_releases_a_lease_when_the_work_fails(ledger: DynamoLedger, clock: ManualClock) -> None:
    def work() -> None:
        with ledger.lease("video", 1, "worker", 60):
            assert ledger.lease_holder("video") == LeaseHolder("worker", clock.now() + timedelta(seconds=60))
            with pytest.raises(LeaseHeldError), ledger.lease("video", 1, "worker", 60):
                pass
            raise RuntimeError("work failed")

    with pytest.raises(RuntimeError, match="work failed"):
        work()

    assert ledger.lease_holder("video") is None
    with ledger.lease("video", 2, "other", 60) as lease:
        lease.check()


def test_a_lapsed_lease_can_be_acquired_and_the_first_worker_notices(ledger: DynamoLedger, clock: ManualClock) -> None:
    with ledger.lease("lapsing", 1, "slow", 60) as slow:
        clock.forward(60)
        assert ledger.lease_holder("lapsing") is None
        with pytest.raises(LeaseHeldError, match="lease_lost"):
            slow.check()
        with ledger.lease("lapsing", 1, "next", 60) as following:
            following.check()
            holder = ledger.lease_holder("lapsing")
            assert holder is not None
            assert holder.owner == "next"
    assert ledger.lease_holder("lapsing") is None


def test_releasing_a_lost_lease_keeps_that_of_the_next_worker(ledger: DynamoLedger, clock: ManualClock) -> None:
    slow = ledger.lease("fenced", 1, "worker", 60)
    slow.__enter__()
    clock.forward(61)
    with ledger.lease("fenced", 1, "worker", 60) as following:
        slow.__exit__(None, None, None)
        following.check()
        assert ledger.lease_holder("fenced") is not None


def test_heartbeat_renews_the_lease_and_notices_its_loss(
    dynamodb: Any, table: str, clock: ManualClock, until: Callable[[Callable[[], bool]], None]
) -> None:
    beating = DynamoLedger(dynamodb, table, clock, heartbeat_seconds=0.02)
    with beating.lease("beating", 1, "worker", 60) as lease:
        clock.forward(50)
        wanted = clock.now() + timedelta(seconds=60)
        until(lambda: lease.until == wanted.timestamp())
        assert beating.lease_holder("beating") == LeaseHolder("worker", wanted)
        clock.forward(20)
        lease.check()
        dynamodb.delete_item(
            TableName=table, Key={"pk": {"S": keys.video_key("beating")}, "sk": {"S": keys.LEASE_SORT_KEY}}
        )

        def is_lost() -> bool:
            try:
                lease.check()
            except LeaseHeldError:
                return True
            return False

        until(is_lost)
