"""What lies in the watched folder is processed, once, though n8n sees nothing of it: by the deployed reconciler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.studios import PATIENCE_SECONDS, SMALL_BYTES, Answer, Studio

from localcloud.process import running_cloud
from tests.e2e.videos import make_video
from tests.waiting import eventually
from vcp.adapters.aws.ledger.items import to_item
from vcp.domain.video.states import State
from vcp.wire.ledger_table import PARTITION_KEY, SCAN_SORT_KEY, SORT_KEY, scan_key
from vcpctl.demo.world import STUDIO, furnish

pytestmark = pytest.mark.e2e

LONG_AGO = {"createdTime": "2019-05-04T08:00:00Z", "modifiedTime": "2019-05-04T08:00:00Z"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A cloud of its own, since these tests count; the reconciler runs when a test says so, n8n never."""
    config = {
        "vcp:limitBytes": "1000000",
        "vcp:compressAboveBytes": str(SMALL_BYTES),
        "vcp:scanRetryDelaySeconds": "1",
        "vcp:reconcileRate": "rate(1 hour)",
    }
    with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        world = furnish(cloud, config, watch=True)
        shared_with = cloud.console_client.drive.file(world.folder_id)["permissions"]
        (robot,) = [each["emailAddress"] for each in shared_with if each["role"] == "reader"]
        studio = Studio(world, tmp_path_factory.mktemp("studio"), robot)
        studio.hold_messages_back()
        yield studio


def scan(studio: Studio) -> Answer:
    """A tick of the reconciler, waited for."""
    name = studio.world.outputs["functionNames"]["reconciler"]
    answer = studio.world.cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="RequestResponse", Payload=b"{}"
    )
    return Answer(json.loads(answer["Payload"].read()))


def state_of(studio: Studio, file: dict[str, Any]) -> list[State]:
    return [video.state for video in studio.videos_of(file["id"])]


def elsewhere(studio: Studio) -> str:
    """The studio's own Drive, which the pipeline sees nothing of."""
    return str(studio.drive.person(STUDIO)["rootFolderId"])


def test_first_scan_submits_only_videos(
    studio: Studio,
) -> None:
    film = studio.drop("before.mov")
    deeper = studio.drive.folder("old", parent=studio.world.folder_id)["id"]
    old = studio.drop("old.mxf", parent=deeper, mime_type="application/mxf", facts=LONG_AGO)
    small = studio.drop("small.mov", size=SMALL_BYTES)
    notes = studio.drop("notes.txt", mime_type="text/plain")

    assert scan(studio).body == {"submitted": 3}

    assert [state_of(studio, each) for each in (film, old, small, notes)] == [
        [State.QUEUED], [State.QUEUED], [State.SKIPPED], [],
    ]  # fmt: skip
    assert scan(studio).body == {}


def test_submits_a_file_moved_into_the_folder(studio: Studio) -> None:
    film = studio.drop("moved.mov", parent=elsewhere(studio), facts=LONG_AGO)
    assert scan(studio).body == {}
    studio.drive.move(film["id"], studio.world.folder_id)
    assert scan(studio).body == {"submitted": 1}
    assert state_of(studio, film) == [State.QUEUED]


def test_submits_an_uploaded_file_with_an_old_date(studio: Studio) -> None:
    film = studio.drop("late.mov", facts=LONG_AGO)
    assert scan(studio).body == {"submitted": 1}
    (video,) = studio.videos_of(film["id"])
    assert video.source.created_at is not None
    assert video.source.created_at.year == 2019


def test_submits_a_deeply_nested_file(studio: Studio) -> None:
    outer = studio.drive.folder("Season", parent=studio.world.folder_id)["id"]
    inner = studio.drive.folder("Episode", parent=outer)["id"]
    scan(studio)
    film = studio.drop("deep.mov", parent=inner)
    assert scan(studio).body == {"submitted": 1}
    assert state_of(studio, film) == [State.QUEUED]


def test_submits_the_files_of_a_folder_moved_in(studio: Studio) -> None:
    outer = studio.drive.folder("Archive", parent=elsewhere(studio))["id"]
    inner = studio.drive.folder("Reels", parent=outer)["id"]
    films = [studio.drop(f"{number}.mov", parent=folder) for number, folder in enumerate((outer, inner, inner))]
    assert scan(studio).body == {}
    studio.drive.move(outer, studio.world.folder_id)
    assert scan(studio).body == {"submitted": 3}
    assert [state_of(studio, film) for film in films] == [[State.QUEUED]] * 3
    assert scan(studio).body == {}


def test_a_new_revision_supersedes_the_older(studio: Studio) -> None:
    film = studio.drop("cut.mov")
    scan(studio)
    again = studio.folder / "again"
    again.write_bytes(b"a better cut".ljust(SMALL_BYTES + 2, b"."))
    studio.drive.update(film["id"], path=again)
    assert scan(studio).body == {"submitted": 1}
    older, newer = studio.videos_of(film["id"])
    assert (newer.supersedes, older.superseded_by) == (older.video_id, newer.video_id)


def test_concurrent_submission_by_n8n_and_scans_creates_one_video(studio: Studio) -> None:
    films = [studio.drop(f"twice {number}.mov") for number in range(4)]
    with ThreadPoolExecutor(3) as pool:
        scans = [pool.submit(scan, studio) for _ in range(2)]
        calls = [pool.submit(studio.call, film) for film in films]
    assert [each.result().error for each in (*scans, *calls)] == [None] * 6
    assert {each.result().status for each in calls} <= {"accepted", "duplicate"}
    videos = [studio.videos_of(film["id"]) for film in films]
    assert [[(video.state, video.attempt) for video in each] for each in videos] == [[(State.QUEUED, 1)]] * 4


def test_a_late_submission_by_n8n_is_a_duplicate(studio: Studio) -> None:
    film = studio.drop("lagging.mov")
    scan(studio)
    assert studio.call(film).status == "duplicate"
    assert state_of(studio, film) == [State.QUEUED]


def test_an_expired_change_cursor_triggers_a_listing(studio: Studio) -> None:
    studio.world.cloud.client("dynamodb").update_item(
        TableName=studio.world.outputs["ledgerTable"],
        Key=to_item({PARTITION_KEY: scan_key(studio.world.folder_id), SORT_KEY: SCAN_SORT_KEY}),
        UpdateExpression="SET #cursor.#token = :lost",
        ExpressionAttributeNames={"#cursor": "cursor", "#token": "token"},
        ExpressionAttributeValues=to_item({":lost": "of last year"}),
    )
    film = studio.drop("meanwhile.mov")
    assert scan(studio).body == {"submitted": 1}
    assert state_of(studio, film) == [State.QUEUED]


@contextmanager
def door_down(studio: Studio) -> Iterator[None]:
    """The door does not start: somebody changed one of its variables by hand."""
    client = studio.world.cloud.client("lambda")
    variables = client.get_function_configuration(FunctionName=studio.world.door)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=studio.world.door, Environment={"Variables": {**variables, "VCP_LOG_LEVEL": "LOUD"}}
    )
    yield
    client.update_function_configuration(FunctionName=studio.world.door, Environment={"Variables": variables})


def test_an_outage_of_intake_loses_and_duplicates_no_file(studio: Studio) -> None:
    films = [studio.drop(f"patient {number}.mov") for number in range(3)]
    with door_down(studio):
        assert "door_failed" in str(scan(studio).error)
    assert [state_of(studio, film) for film in films] == [[]] * 3

    found = eventually(lambda: scan(studio).body.get("submitted"), PATIENCE_SECONDS, "knocking again")

    assert found == 3
    assert [state_of(studio, film) for film in films] == [[State.QUEUED]] * 3


def test_an_unshared_folder_fails_with_a_sentence_until_it_is_shared(studio: Studio) -> None:
    studio.drive.unshare(studio.world.folder_id, studio.robot)
    film = studio.drop("unseen.mov")

    told = scan(studio).error
    assert told is not None
    assert f"it is not shared with the pipeline: share it with {studio.robot} as a viewer." in told

    studio.drive.share(studio.world.folder_id, studio.robot)
    assert scan(studio).body == {"submitted": 1}
    assert state_of(studio, film) == [State.QUEUED]


def test_a_scanned_video_is_compressed_once(studio: Studio, tmp_path: Path) -> None:
    studio.hold_messages_back(0)
    film = make_video(tmp_path / "alone.mp4", seconds=2, size="320x180", languages=("eng",), bitrate="2M")
    file = studio.drive.drop(film, parent=elsewhere(studio), owner=STUDIO, mime_type="video/mp4", facts=LONG_AGO)
    studio.drive.move(file["id"], studio.world.folder_id)

    assert scan(studio).body == {"submitted": 1}
    (video,) = studio.videos_of(file["id"])
    row = studio.row(video.video_id, "Completed")
    scan(studio)

    assert row["File Name"] == "alone.mp4"
    assert studio.call(file).status == "duplicate"
    assert state_of(studio, file) == [State.COMPLETED]
    jobs = studio.world.cloud.console_client.mediaconvert.jobs()
    assert [job["userMetadata"]["VideoId"] for job in jobs] == [video.video_id]
