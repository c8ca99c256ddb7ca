"""The scan's state, and the status of videos, in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from tests.integration.aws.ledger.lost_answers import RetriedWrites
from tests.integration.conftest import START
from vcp.adapters.aws.ledger.scan import ScanLedger
from vcp.adapters.aws.ledger.table import DynamoLedger
from vcp.adapters.retry import Backoff
from vcp.domain.errors import PermanentError, RetryableError, StaleRecordError
from vcp.domain.intake.scan_state import Cursor, FailedFile, PendingFolder, ScanState
from vcp.domain.model.contract import Contract
from vcp.domain.video.record import Problem, SourceFile, VideoRecord
from vcp.domain.video.states import State
from vcp.ports.scan import VideoStatus
from vcp.wire import ledger_table as keys


@pytest.fixture(scope="module")
def table(cloud: RunningCloud) -> str:
    name = f"ledger-{uuid4().hex}"
    both = ((keys.PARTITION_KEY, "HASH"), (keys.SORT_KEY, "RANGE"))
    cloud.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each, _ in both],
        KeySchema=[{"AttributeName": each, "KeyType": kind} for each, kind in both],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def store(cloud: RunningCloud, table: str, quick: Backoff) -> ScanLedger:
    return ScanLedger(cloud.client("dynamodb"), table, quick)


@pytest.fixture
def state() -> ScanState:
    """Return the state of an unfinished scan."""
    begun = ScanState(folder_id=uuid4().hex).begun(Cursor(token="7", drive_id="0ADrive"), "0ADrive", START)
    failed = FailedFile(file_id="film", failures=3, next_at=START + timedelta(seconds=1.5))
    return begun.with_pending([PendingFolder(folder_id="a", depth=3, page_token="~!!~2")]).changed(
        failed_files=(failed,)
    )


def test_a_folder_never_scanned_has_no_state(store: ScanLedger) -> None:
    assert store.load(uuid4().hex) is None


def test_stores_the_state_of_a_scan(store: ScanLedger, state: ScanState) -> None:
    written = store.save(state)
    assert written == state.changed(version=1)
    assert store.load(state.folder_id) == written
    again = store.save(written.changed(cursor=None, pending=()))
    assert store.load(state.folder_id) == again == written.changed(version=2, cursor=None, pending=())


def test_rejects_a_stale_scan_state(store: ScanLedger, state: ScanState) -> None:
    for read in (state, store.save(state)):
        store.save(read) if read.version else None
        with pytest.raises(StaleRecordError):
            store.save(read)


def test_recognizes_its_own_write_after_a_lost_answer(cloud: RunningCloud, table: str, state: ScanState) -> None:
    store = ScanLedger(RetriedWrites(cloud.client("dynamodb")), table)  # type: ignore[arg-type]
    assert store.save(store.save(state)).version == 2


def test_returns_the_status_of_known_videos_among_hundreds(
    cloud: RunningCloud, table: str, store: ScanLedger, clock: ManualClock
) -> None:
    ledger = DynamoLedger(cloud.client("dynamodb"), table, clock)
    rejected = Problem(code="drive_trashed", sentence="It is in the trash.")
    known = [record_of(f"known-{number}") for number in range(3)]
    known.append(record_of("rejected").but(state=State.REJECTED, problem=rejected))
    for record in known:
        ledger.claim(record)
    asked = [f"unknown-{number}" for number in range(230)] + [record.video_id for record in known] * 2

    found = store.statuses(asked)

    assert found == {
        **{record.video_id: VideoStatus(State.QUEUED) for record in known[:3]},
        "rejected-md5": VideoStatus(State.REJECTED, "drive_trashed"),
    }
    assert store.statuses([]) == {}


def record_of(file_id: str) -> VideoRecord:
    source = SourceFile(file_id=file_id, name="film.mov", md5="md5", web_url="", uploader="anna@example.org")
    return VideoRecord(
        video_id=f"{file_id}-md5",
        state=State.QUEUED,
        source=source,
        contract=Contract(),
        created_at=START,
        updated_at=START,
    )


class Throttled:
    """A DynamoDB client that processes only the first `limit` keys of each request."""

    def __init__(self, client: Any, limit: int) -> None:
        self._client = client
        self._limit = limit

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        ((table, asked),) = RequestItems.items()
        now, later = asked["Keys"][: self._limit], asked["Keys"][self._limit :]
        answer: Any = {"Responses": {table: []}, "UnprocessedKeys": {}}
        if now:
            answer = self._client.batch_get_item(RequestItems={table: {**asked, "Keys": now}})
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": later}} if later else {}}


def test_retries_unprocessed_keys(cloud: RunningCloud, table: str, clock: ManualClock, quick: Backoff) -> None:
    """A video that counts as unknown would be submitted again."""
    client = cloud.client("dynamodb")
    for number in range(3):
        DynamoLedger(client, table, clock).claim(record_of(f"busy-{number}"))
    asked = [f"busy-{number}-md5" for number in range(3)]
    assert set(ScanLedger(Throttled(client, 1), table, quick).statuses(asked)) == set(asked)  # type: ignore[arg-type]
    with pytest.raises(RetryableError, match="ledger_busy"):
        ScanLedger(Throttled(client, 0), table, quick).statuses(asked)  # type: ignore[arg-type]


def test_missing_table_is_a_permanent_error(cloud: RunningCloud, state: ScanState) -> None:
    store = ScanLedger(cloud.client("dynamodb"), "no-such-table")
    for call in (lambda: store.load("folder"), lambda: store.save(state), lambda: store.statuses(["video"])):
        with pytest.raises(PermanentError, match="ledger_refused"):
            call()
