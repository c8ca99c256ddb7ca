"""What the scan keeps in the ledger, and asks it, on the local cloud's DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from localcloud.process import RunningCloud
from tests.integration.conftest import START, SetClock
from tests.integration.lost_answers import TriedTwice
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
def memory(cloud: RunningCloud, table: str, quick: Backoff) -> ScanLedger:
    return ScanLedger(cloud.client("dynamodb"), table, quick)


@pytest.fixture
def state() -> ScanState:
    """Of a folder in the middle of everything."""
    begun = ScanState(folder_id=uuid4().hex).begun(Cursor(token="7", drive_id="0ADrive"), "0ADrive", START)
    failed = FailedFile(file_id="film", failures=3, next_at=START + timedelta(seconds=1.5))
    return begun.with_pending([PendingFolder(folder_id="a", depth=3, page_token="~!!~2")]).changed(
        failed_files=(failed,)
    )


def test_a_folder_that_was_never_scanned_has_no_place(memory: ScanLedger) -> None:
    assert memory.load(uuid4().hex) is None


def test_a_place_comes_back_as_it_was_written(memory: ScanLedger, state: ScanState) -> None:
    written = memory.save(state)
    assert written == state.changed(version=1)
    assert memory.load(state.folder_id) == written
    again = memory.save(written.changed(cursor=None, pending=()))
    assert memory.load(state.folder_id) == again == written.changed(version=2, cursor=None, pending=())


def test_of_two_scans_that_read_the_same_place_one_is_told_that_it_is_late(
    memory: ScanLedger, state: ScanState
) -> None:
    for read in (state, memory.save(state)):
        memory.save(read) if read.version else None
        with pytest.raises(StaleRecordError):
            memory.save(read)


def test_an_answer_that_was_lost_is_no_other_scan(cloud: RunningCloud, table: str, state: ScanState) -> None:
    memory = ScanLedger(TriedTwice(cloud.client("dynamodb")), table)  # type: ignore[arg-type]
    assert memory.save(memory.save(state)).version == 2


def test_hundreds_of_videos_are_looked_up_and_those_that_are_known_tell_their_state(
    cloud: RunningCloud, table: str, memory: ScanLedger, clock: SetClock
) -> None:
    ledger = DynamoLedger(cloud.client("dynamodb"), table, clock)
    refused = Problem(code="drive_trashed", sentence="It is in the trash.")
    known = [record_of(f"known-{number}") for number in range(3)]
    known.append(record_of("refused").but(state=State.REJECTED, problem=refused))
    for record in known:
        ledger.claim(record)
    asked = [f"unknown-{number}" for number in range(230)] + [record.video_id for record in known] * 2

    found = memory.statuses(asked)

    assert found == {
        **{record.video_id: VideoStatus(State.QUEUED) for record in known[:3]},
        "refused-md5": VideoStatus(State.REJECTED, "drive_trashed"),
    }
    assert memory.statuses([]) == {}


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


class Busy:
    """A table that gets to one key of each question, or to none."""

    def __init__(self, client: Any, gets_to: int) -> None:
        self._client = client
        self._gets_to = gets_to

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - boto3's name
        ((table, asked),) = RequestItems.items()
        now, later = asked["Keys"][: self._gets_to], asked["Keys"][self._gets_to :]
        answer: Any = {"Responses": {table: []}, "UnprocessedKeys": {}}
        if now:
            answer = self._client.batch_get_item(RequestItems={table: {**asked, "Keys": now}})
        return {**answer, "UnprocessedKeys": {table: {**asked, "Keys": later}} if later else {}}


def test_what_a_busy_table_did_not_get_to_is_asked_for_again(
    cloud: RunningCloud, table: str, clock: SetClock, quick: Backoff
) -> None:
    """A video that is taken for unknown would be announced for nothing."""
    client = cloud.client("dynamodb")
    for number in range(3):
        DynamoLedger(client, table, clock).claim(record_of(f"busy-{number}"))
    asked = [f"busy-{number}-md5" for number in range(3)]
    assert set(ScanLedger(Busy(client, 1), table, quick).statuses(asked)) == set(asked)  # type: ignore[arg-type]
    with pytest.raises(RetryableError, match="ledger_busy"):
        ScanLedger(Busy(client, 0), table, quick).statuses(asked)  # type: ignore[arg-type]


def test_a_table_that_is_not_there_needs_a_person(cloud: RunningCloud, state: ScanState) -> None:
    memory = ScanLedger(cloud.client("dynamodb"), "no-such-table")
    for call in (lambda: memory.load("folder"), lambda: memory.save(state), lambda: memory.statuses(["video"])):
        with pytest.raises(PermanentError, match="ledger_refused"):
            call()
