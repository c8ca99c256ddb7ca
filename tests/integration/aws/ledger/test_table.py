"""The ledger on DynamoDB: conditional writes, and exactly one winner of concurrent ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import uuid4

import pytest
from msgspec import convert

from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.aws.ledger.lost_answers import RetriedWrites
from tests.integration.aws.ledger.records import at_once, facts, new_record
from tests.integration.conftest import START
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.errors import LeaseHeldError, PermanentError, StaleRecordError
from vcp.domain.video.record import Problem, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.ledger import Claim, Progress
from vcp.wire import ledger_table as keys

OPERATIONS = Path(__file__).parents[4] / "docs" / "operations.md"


def test_stores_records_without_loss(ledger: DynamoLedger) -> None:
    record = new_record(
        source_facts=facts(),
        problem=Problem(code="x", sentence="Größe\n2", detail=""),
        times={"queued": START, "stored": datetime(2026, 1, 1, tzinfo=UTC)},
        cost_estimate_usd=0.1 + 0.2,
    )

    claim = ledger.claim(record)

    assert claim == Claim(record, created=True)
    assert ledger.get(record.video_id) == record
    assert ledger.get("unknown") is None


def test_claims_a_video_once(ledger: DynamoLedger) -> None:
    record = new_record()
    first = ledger.claim(record)
    moved = ledger.save(first.record.moved(State.TRANSFERRING, START))

    again = ledger.claim(record)

    assert again == Claim(moved, created=False)


def test_exactly_one_of_concurrent_claims_creates_the_video(ledger: DynamoLedger) -> None:
    record = new_record()

    claims = at_once(8, lambda _: ledger.claim(record))

    assert sorted(claim.created for claim in claims if isinstance(claim, Claim)) == [False] * 7 + [True]
    assert {claim.record.video_id for claim in claims if isinstance(claim, Claim)} == {record.video_id}


class Overtaken:
    """A DynamoDB client with a rival that writes between its first read and its first write."""

    def __init__(self, client: Any, rival: Callable[[], object]) -> None:
        self._client = client
        self._rivals = [rival]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **writes: Any) -> Any:
        if self._rivals:
            self._rivals.pop()()
        return self._client.transact_write_items(**writes)


def test_an_overtaken_claim_returns_the_existing_record(
    dynamodb: Any, table: str, clock: ManualClock, ledger: DynamoLedger
) -> None:
    record = new_record()
    slow = DynamoLedger(Overtaken(dynamodb, lambda: ledger.claim(record)), table, clock)  # type: ignore[arg-type]

    claim = slow.claim(record)

    assert claim.created is False
    assert claim.record == ledger.get(record.video_id)


def test_a_new_version_supersedes_the_previous_one(ledger: DynamoLedger) -> None:
    old = ledger.claim(new_record(version="a")).record

    new = ledger.claim(new_record(old.source.file_id, "b")).record

    assert new.supersedes == old.video_id
    marked = ledger.get(old.video_id)
    assert marked is not None
    assert (marked.superseded_by, marked.version, marked.state) == (new.video_id, old.version + 1, State.QUEUED)
    with pytest.raises(StaleRecordError):
        ledger.save(old.moved(State.TRANSFERRING, START))


def test_a_record_without_a_version_supersedes_nothing(ledger: DynamoLedger) -> None:
    """Otherwise a moment without sharing would cancel a video."""
    known = ledger.claim(new_record(version="a")).record

    unseen = ledger.claim(new_record(known.source.file_id, ""))
    again = ledger.claim(new_record(known.source.file_id, ""))

    assert (unseen.created, unseen.record.supersedes, again.created) == (True, None, False)
    kept = ledger.get(known.video_id)
    assert kept is not None
    assert (kept.superseded_by, kept.version) == (None, known.version)
    newer = ledger.claim(new_record(known.source.file_id, "b")).record
    assert newer.supersedes == known.video_id


def test_concurrent_versions_form_one_chain(ledger: DynamoLedger) -> None:
    file_id = f"file-{uuid4().hex}"

    claims = at_once(6, lambda number: ledger.claim(new_record(file_id, f"v{number}")))

    assert all(isinstance(claim, Claim) and claim.created for claim in claims)
    records = {claim.record.video_id: ledger.get(claim.record.video_id) for claim in claims if isinstance(claim, Claim)}
    newest = [record for record in records.values() if record and record.superseded_by is None]
    assert len(newest) == 1
    chain: list[str] = []
    at: VideoRecord | None = newest[0]
    while at is not None:
        chain.append(at.video_id)
        before = records[at.supersedes] if at.supersedes else None
        assert before is None or before.superseded_by == at.video_id
        at = before
    assert sorted(chain) == sorted(records)


def test_supersedes_a_version_that_was_deleted_manually(ledger: DynamoLedger, dynamodb: Any, table: str) -> None:
    old = ledger.claim(new_record()).record
    dynamodb.delete_item(
        TableName=table,
        Key={"pk": {"S": keys.video_key(old.video_id)}, "sk": {"S": keys.VIDEO_SORT_KEY}},
    )

    claim = ledger.claim(new_record(old.source.file_id, "b"))

    assert (claim.created, claim.record.supersedes) == (True, old.video_id)


def test_rejects_a_change_of_a_stale_record(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    saved = ledger.save(record.moved(State.TRANSFERRING, START))

    assert saved.version == record.version + 1
    assert ledger.get(record.video_id) == saved
    with pytest.raises(StaleRecordError):
        ledger.save(record.moved(State.CANCELLED, START))
    assert ledger.get(record.video_id) == saved


def test_recognizes_its_own_write_after_a_lost_answer(dynamodb: Any, table: str, clock: ManualClock) -> None:
    ledger = DynamoLedger(RetriedWrites(dynamodb), table, clock)  # type: ignore[arg-type]
    record = ledger.claim(new_record()).record

    saved = ledger.save(record.changed(START, recoveries=1))

    assert saved == ledger.get(record.video_id)
    assert (saved.version, saved.recoveries) == (record.version + 1, 1)


def test_exactly_one_of_concurrent_changes_is_written(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    change = record.moved(State.TRANSFERRING, START)

    outcomes = at_once(8, lambda _: ledger.save(change))

    assert [type(outcome).__name__ for outcome in outcomes].count("StaleRecordError") == 7
    assert ledger.get(record.video_id) == change.but(version=record.version + 1)


def test_rejects_a_change_of_an_unknown_video(ledger: DynamoLedger) -> None:
    with pytest.raises(StaleRecordError):
        ledger.save(new_record())


def test_due_returns_active_videos_in_order_of_time(
    dynamodb: Any, cloud: RunningCloud, clock: ManualClock, ledger: DynamoLedger
) -> None:
    late = START + timedelta(days=400)
    # Times must sort as text: whole seconds, fractions, another time zone.
    times = [late, late + timedelta(milliseconds=500), (late + timedelta(seconds=1)).astimezone()]
    records = [ledger.claim(new_record(due_at=at)).record for at in reversed(times)]
    ended = ledger.claim(new_record(state=State.REJECTED, due_at=None)).record
    later = ledger.claim(new_record(due_at=late + timedelta(seconds=1, microseconds=1))).record

    due = [record for record in ledger.due(late + timedelta(seconds=1)) if record.due_at and record.due_at >= late]

    assert [record.video_id for record in due] == [record.video_id for record in reversed(records)]
    assert not {ended.video_id, later.video_id} & {record.video_id for record in due}
    ledger.save(records[0].moved(State.CANCELLED, START))
    assert records[0].video_id not in {record.video_id for record in ledger.due(late + timedelta(seconds=1))}
    assert len(ledger.due(late + timedelta(seconds=1), limit=1)) == 1


def test_stores_the_last_progress_apart_from_the_record(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    ledger.put_progress(record.video_id, Progress("transferring", 12.5, START, "1 of 8 parts"))
    last = Progress("transferring", 100.0, START + timedelta(seconds=2))
    ledger.put_progress(record.video_id, last)

    assert ledger.get_progress(record.video_id) == last
    assert ledger.get_progress("unknown") is None
    assert ledger.get(record.video_id) == record


def test_one_sender_claims_a_mail_until_its_claim_lapses(ledger: DynamoLedger) -> None:
    video = uuid4().hex

    def claimed(_: int) -> bool:
        try:
            return ledger.claim_mail(video, 1, "started", START, 300)
        except LeaseHeldError:
            return False

    assert sorted(bool(claim) for claim in at_once(8, claimed)) == [False] * 7 + [True]
    with pytest.raises(LeaseHeldError):
        ledger.claim_mail(video, 1, "started", START + timedelta(seconds=299), 300)
    assert ledger.claim_mail(video, 1, "completed", START, 300)
    assert ledger.claim_mail(video, 2, "started", START, 300)
    # Claimed but not sent: another sender may claim it when the claim lapses.
    assert ledger.claim_mail(video, 1, "started", START + timedelta(seconds=300), 300)
    ledger.mail_sent(video, 1, "started", START + timedelta(seconds=301))
    assert not ledger.claim_mail(video, 1, "started", START + timedelta(days=9), 300)


def test_a_released_mail_can_be_claimed_at_once(ledger: DynamoLedger) -> None:
    video = uuid4().hex
    assert ledger.claim_mail(video, 1, "started", START, 300)
    ledger.release_mail(video, 1, "started", START + timedelta(seconds=1))
    assert ledger.claim_mail(video, 1, "started", START + timedelta(seconds=1), 300)


def test_missing_table_is_a_permanent_error(dynamodb: Any, clock: ManualClock) -> None:
    with pytest.raises(PermanentError, match="ledger_refused"):
        DynamoLedger(dynamodb, "no-such-table", clock).get("video")


def test_the_documented_command_prints_a_record(ledger: DynamoLedger, cloud: RunningCloud, table: str) -> None:
    record = ledger.claim(new_record(source_facts=facts())).record
    (program,) = re.findall(r"-c '\n(.*?)' vcp-dev-ledger '<videoId>'", OPERATIONS.read_text("utf-8"), re.DOTALL)

    shown = subprocess.run(
        [sys.executable, "-c", dedent(program), table, record.video_id],
        env={
            "AWS_ENDPOINT_URL": cloud.aws,
            "AWS_DEFAULT_REGION": cloud.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout

    assert len(shown.splitlines()) > 20, "one line per field"
    assert convert(json.loads(shown), VideoRecord) == record
