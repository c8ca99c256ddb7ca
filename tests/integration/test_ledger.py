"""The ledger on DynamoDB: nothing is lost, and of many who try at once exactly one succeeds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from threading import Barrier
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from msgspec import convert

from localcloud.process import RunningCloud
from tests.integration.conftest import START, SetClock
from tests.integration.lost_answers import TriedTwice
from vcp.adapters.aws.ledger.items import record_of_item
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.domain.errors import LeaseHeldError, PermanentError, StaleRecordError
from vcp.domain.model.contract import Contract
from vcp.domain.model.media import AudioTrack, MediaFacts, VideoTrack
from vcp.domain.video.record import Problem, SourceFile, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.ledger import Claim, LeaseHolder, Progress
from vcp.wire import ledger_table as keys

T = TypeVar("T")
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(scope="module")
def table(cloud: RunningCloud) -> str:
    """One table for this module, as infra makes it; the index holds keys only, which must be enough."""
    name = f"ledger-{uuid4().hex}"
    names = (keys.PARTITION_KEY, keys.SORT_KEY, keys.DUE_PARTITION_KEY, keys.DUE_SORT_KEY)
    cloud.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        KeySchema=[
            {"AttributeName": keys.PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": keys.SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": keys.DUE_INDEX,
                "KeySchema": [
                    {"AttributeName": keys.DUE_PARTITION_KEY, "KeyType": "HASH"},
                    {"AttributeName": keys.DUE_SORT_KEY, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": keys.STREAM_VIEW_TYPE},
    )
    return name


@pytest.fixture
def dynamodb(cloud: RunningCloud) -> Any:
    return cloud.client("dynamodb")


@pytest.fixture
def ledger(dynamodb: Any, table: str, clock: SetClock) -> DynamoLedger:
    # The lease's heart beats when a test says so: an hour between beats is never.
    return DynamoLedger(dynamodb, table, clock, heartbeat_seconds=3600)


def new_record(file_id: str | None = None, version: str = "a", **changes: Any) -> VideoRecord:
    file_id = file_id or f"file-{uuid4().hex}"
    record = VideoRecord(
        video_id=f"{file_id}-{version}",
        state=State.QUEUED,
        source=SourceFile(
            file_id=file_id,
            name="Müller – Rohschnitt.mov",
            size_bytes=7 * 10**12,
            head_revision_id=version or None,
            web_url="",
            uploader="anna@example.org",
        ),
        contract=Contract(),
        created_at=START,
        updated_at=START,
        due_at=START + timedelta(minutes=15),
    )
    return record.but(**changes)


def facts() -> MediaFacts:
    return MediaFacts(
        container="mov,mp4",
        duration_seconds=3723.0000000000005,
        video=(VideoTrack(index=0, codec="h264", width=1920, height=1080, frame_rate="30000/1001", start_seconds=0.0),),
        audio=(AudioTrack(index=1, number=1, codec="aac", channels=2, title="", start_seconds=-0.021333),),
    )


def at_once(count: int, call: Callable[[int], T]) -> list[T | Exception]:
    """What `count` threads get that start together: results or errors."""
    barrier = Barrier(count)

    def start(number: int) -> T | Exception:
        barrier.wait(30)
        try:
            return call(number)
        except (LeaseHeldError, StaleRecordError) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def test_a_record_comes_back_exactly_as_it_was(ledger: DynamoLedger) -> None:
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


def test_a_video_is_claimed_once_however_often_it_is_announced(ledger: DynamoLedger) -> None:
    record = new_record()
    first = ledger.claim(record)
    moved = ledger.save(first.record.moved(State.TRANSFERRING, START))

    again = ledger.claim(record)

    assert again == Claim(moved, created=False)


def test_of_many_claims_at_once_exactly_one_made_the_video(ledger: DynamoLedger) -> None:
    record = new_record()

    claims = at_once(8, lambda _: ledger.claim(record))

    assert sorted(claim.created for claim in claims if isinstance(claim, Claim)) == [False] * 7 + [True]
    assert {claim.record.video_id for claim in claims if isinstance(claim, Claim)} == {record.video_id}


class Overtaken:
    """DynamoDB's client when somebody else is faster between this one's look and its write."""

    def __init__(self, client: Any, rival: Callable[[], object]) -> None:
        self._client = client
        self._rivals = [rival]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **writes: Any) -> Any:
        if self._rivals:
            self._rivals.pop()()
        return self._client.transact_write_items(**writes)


def test_a_claim_that_is_overtaken_is_told_so(dynamodb: Any, table: str, clock: SetClock, ledger: DynamoLedger) -> None:
    record = new_record()
    slow = DynamoLedger(Overtaken(dynamodb, lambda: ledger.claim(record)), table, clock)  # type: ignore[arg-type]

    claim = slow.claim(record)

    assert claim.created is False
    assert claim.record == ledger.get(record.video_id)


def test_a_new_version_supersedes_the_older_one_and_both_say_so(ledger: DynamoLedger) -> None:
    old = ledger.claim(new_record(version="a")).record

    new = ledger.claim(new_record(old.source.file_id, "b")).record

    assert new.supersedes == old.video_id
    marked = ledger.get(old.video_id)
    assert marked is not None
    assert (marked.superseded_by, marked.version, marked.state) == (new.video_id, old.version + 1, State.QUEUED)
    with pytest.raises(StaleRecordError):
        ledger.save(old.moved(State.TRANSFERRING, START))


def test_a_file_that_is_not_to_be_seen_takes_no_versions_place(ledger: DynamoLedger) -> None:
    """Else a moment without sharing would cancel a video in favour of nothing."""
    known = ledger.claim(new_record(version="a")).record

    unseen = ledger.claim(new_record(known.source.file_id, ""))
    again = ledger.claim(new_record(known.source.file_id, ""))

    assert (unseen.created, unseen.record.supersedes, again.created) == (True, None, False)
    kept = ledger.get(known.video_id)
    assert kept is not None
    assert (kept.superseded_by, kept.version) == (None, known.version)
    newer = ledger.claim(new_record(known.source.file_id, "b")).record
    assert newer.supersedes == known.video_id


def test_versions_that_are_announced_at_once_form_one_chain(ledger: DynamoLedger) -> None:
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


def test_an_old_version_that_was_deleted_by_hand_is_no_obstacle(
    ledger: DynamoLedger, dynamodb: Any, table: str
) -> None:
    old = ledger.claim(new_record()).record
    dynamodb.delete_item(
        TableName=table,
        Key={"pk": {"S": keys.video_key(old.video_id)}, "sk": {"S": keys.VIDEO_SORT_KEY}},
    )

    claim = ledger.claim(new_record(old.source.file_id, "b"))

    assert (claim.created, claim.record.supersedes) == (True, old.video_id)


def test_a_change_counts_only_on_top_of_what_was_read(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    saved = ledger.save(record.moved(State.TRANSFERRING, START))

    assert saved.version == record.version + 1
    assert ledger.get(record.video_id) == saved
    with pytest.raises(StaleRecordError):
        ledger.save(record.moved(State.CANCELLED, START))
    assert ledger.get(record.video_id) == saved


def test_an_answer_that_was_lost_is_no_stale_record(dynamodb: Any, table: str, clock: SetClock) -> None:
    ledger = DynamoLedger(TriedTwice(dynamodb), table, clock)  # type: ignore[arg-type]
    record = ledger.claim(new_record()).record

    saved = ledger.save(record.changed(START, recoveries=1))

    assert saved == ledger.get(record.video_id)
    assert (saved.version, saved.recoveries) == (record.version + 1, 1)


def test_of_many_identical_changes_at_once_exactly_one_is_written(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    change = record.moved(State.TRANSFERRING, START)

    outcomes = at_once(8, lambda _: ledger.save(change))

    assert [type(outcome).__name__ for outcome in outcomes].count("StaleRecordError") == 7
    assert ledger.get(record.video_id) == change.but(version=record.version + 1)


def test_a_video_nobody_claimed_cannot_be_saved(ledger: DynamoLedger) -> None:
    with pytest.raises(StaleRecordError):
        ledger.save(new_record())


def test_due_finds_active_videos_in_time_order_and_no_others(
    dynamodb: Any, cloud: RunningCloud, clock: SetClock, ledger: DynamoLedger
) -> None:
    late = START + timedelta(days=400)
    # Text that sorts as time does: whole seconds, fractions, another time zone.
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


def test_only_one_worker_holds_a_video(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    all_tried = Barrier(8)

    def work(number: int) -> str:
        try:
            with ledger.lease(record.video_id, 1, f"worker-{number}", 60) as lease:
                lease.check()
                # Hold it until everybody tried.
                all_tried.wait(30)
                return lease.owner
        except LeaseHeldError:
            all_tried.wait(30)
            raise

    outcomes = at_once(8, work)

    assert len([outcome for outcome in outcomes if isinstance(outcome, str)]) == 1
    assert ledger.lease_holder(record.video_id) is None


def test_a_lease_says_who_holds_it_and_is_given_back_however_the_work_ends(
    ledger: DynamoLedger, clock: SetClock
) -> None:
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


def test_a_lease_that_lapsed_can_be_taken_and_the_first_worker_notices(ledger: DynamoLedger, clock: SetClock) -> None:
    with ledger.lease("lapsing", 1, "slow", 60) as slow:
        clock.pass_seconds(60)
        assert ledger.lease_holder("lapsing") is None
        with pytest.raises(LeaseHeldError, match="lease_lost"):
            slow.check()
        with ledger.lease("lapsing", 1, "next", 60) as following:
            following.check()
            holder = ledger.lease_holder("lapsing")
            assert holder is not None
            assert holder.owner == "next"
    assert ledger.lease_holder("lapsing") is None


def test_the_end_of_a_lost_lease_does_not_take_it_from_the_next_worker(ledger: DynamoLedger, clock: SetClock) -> None:
    slow = ledger.lease("fenced", 1, "worker", 60)
    slow.__enter__()
    clock.pass_seconds(61)
    with ledger.lease("fenced", 1, "worker", 60) as following:
        slow.__exit__(None, None, None)
        following.check()
        assert ledger.lease_holder("fenced") is not None


def test_a_heartbeat_keeps_the_lease_and_notices_when_it_is_gone(
    dynamodb: Any, table: str, clock: SetClock, until: Callable[[Callable[[], bool]], None]
) -> None:
    beating = DynamoLedger(dynamodb, table, clock, heartbeat_seconds=0.02)
    with beating.lease("beating", 1, "worker", 60) as lease:
        clock.pass_seconds(50)
        wanted = clock.now() + timedelta(seconds=60)
        until(lambda: lease.until == wanted.timestamp())
        assert beating.lease_holder("beating") == LeaseHolder("worker", wanted)
        clock.pass_seconds(20)
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


def test_progress_is_the_last_one_put_and_no_change_of_the_video(ledger: DynamoLedger) -> None:
    record = ledger.claim(new_record()).record
    ledger.put_progress(record.video_id, Progress("transferring", 12.5, START, "1 of 8 parts"))
    last = Progress("transferring", 100.0, START + timedelta(seconds=2))
    ledger.put_progress(record.video_id, last)

    assert ledger.get_progress(record.video_id) == last
    assert ledger.get_progress("unknown") is None
    assert ledger.get(record.video_id) == record


def test_a_mail_is_for_one_sender_until_it_is_sent_or_the_sender_is_gone(ledger: DynamoLedger) -> None:
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
    # Claimed, never sent: after the lease somebody else may.
    assert ledger.claim_mail(video, 1, "started", START + timedelta(seconds=300), 300)
    ledger.mail_sent(video, 1, "started", START + timedelta(seconds=301))
    assert not ledger.claim_mail(video, 1, "started", START + timedelta(days=9), 300)


def test_a_mail_whose_sending_failed_is_free_at_once(ledger: DynamoLedger) -> None:
    video = uuid4().hex
    assert ledger.claim_mail(video, 1, "started", START, 300)
    ledger.release_mail(video, 1, "started", START + timedelta(seconds=1))
    assert ledger.claim_mail(video, 1, "started", START + timedelta(seconds=1), 300)


def test_the_stream_carries_records_that_read_back(ledger: DynamoLedger, cloud: RunningCloud, table: str) -> None:
    record = ledger.claim(new_record(source_facts=facts())).record
    saved = ledger.save(record.moved(State.TRANSFERRING, START))

    streams = cloud.client("dynamodbstreams")
    arn = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    changes = [found["dynamodb"] for found in streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]]
    change = next(
        found
        for found in reversed(changes)
        if found["Keys"] == {"pk": {"S": keys.video_key(record.video_id)}, "sk": {"S": keys.VIDEO_SORT_KEY}}
    )

    assert record_of_item(change["OldImage"]) == record
    assert record_of_item(change["NewImage"]) == saved


def test_a_table_that_is_not_there_needs_a_person(dynamodb: Any, clock: SetClock) -> None:
    with pytest.raises(PermanentError, match="ledger_refused"):
        DynamoLedger(dynamodb, "no-such-table", clock).get("video")


def test_an_operator_reads_a_record_by_the_command_of_the_operations_page(
    ledger: DynamoLedger, cloud: RunningCloud, table: str
) -> None:
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

    assert len(shown.splitlines()) > 20, "one line a field"
    assert convert(json.loads(shown), VideoRecord) == record
