"""The deployed reconciler scans the watched folder and submits what n8n did not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localcloud.process import running_cloud
from tests.e2e.environment import SMALL_BYTES, TIMEOUT_SECONDS, Answer, Environment, create
from tests.e2e.videos import make_video
from tests.waiting import eventually
from vcp.adapters.aws.ledger.items import to_item
from vcp.domain.video.states import State
from vcp.wire.ledger_table import PARTITION_KEY, SCAN_SORT_KEY, SORT_KEY, scan_key
from vcpctl.demo.environment import STUDIO

LONG_AGO = {"createdTime": "2019-05-04T08:00:00Z", "modifiedTime": "2019-05-04T08:00:00Z"}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """Return an environment on its own cloud: these tests count, and break the intake and the folder."""
    config = {
        "vcp:limitBytes": "1000000",
        "vcp:compressAboveBytes": str(SMALL_BYTES),
        "vcp:scanRetryDelaySeconds": "1",
        "vcp:reconcileRate": "rate(1 hour)",
    }
    with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        environment = create(cloud, tmp_path_factory.mktemp("environment"), config, watch=True)
        environment.hold_messages()
        yield environment


def scan(environment: Environment) -> Answer:
    return environment.invoke("reconciler")


def state_of(environment: Environment, file: dict[str, Any]) -> list[State]:
    return [video.state for video in environment.videos_of(file["id"])]


def unshared_folder(environment: Environment) -> str:
    """The environment's own Drive, which the pipeline cannot see."""
    return str(environment.drive.person(STUDIO)["rootFolderId"])


def test_first_scan_submits_only_videos(
    environment: Environment,
) -> None:
    film = environment.drop("before.mov")
    deeper = environment.drive.folder("old", parent=environment.folder_id)["id"]
    old = environment.drop("old.mxf", parent=deeper, mime_type="application/mxf", facts=LONG_AGO)
    small = environment.drop("small.mov", size=SMALL_BYTES)
    notes = environment.drop("notes.txt", mime_type="text/plain")

    assert scan(environment).body == {"submitted": 3}

    assert [state_of(environment, each) for each in (film, old, small, notes)] == [
        [State.QUEUED], [State.QUEUED], [State.SKIPPED], [],
    ]  # fmt: skip
    assert scan(environment).body == {}


def test_submits_a_file_moved_into_the_folder(environment: Environment) -> None:
    film = environment.drop("moved.mov", parent=unshared_folder(environment), facts=LONG_AGO)
    assert scan(environment).body == {}
    environment.drive.move(film["id"], environment.folder_id)
    assert scan(environment).body == {"submitted": 1}
    assert state_of(environment, film) == [State.QUEUED]


def test_submits_an_uploaded_file_with_an_old_date(environment: Environment) -> None:
    film = environment.drop("late.mov", facts=LONG_AGO)
    assert scan(environment).body == {"submitted": 1}
    (video,) = environment.videos_of(film["id"])
    assert video.source.created_at is not None
    assert video.source.created_at.year == 2019


def test_submits_a_deeply_nested_file(environment: Environment) -> None:
    outer = environment.drive.folder("Season", parent=environment.folder_id)["id"]
    inner = environment.drive.folder("Episode", parent=outer)["id"]
    scan(environment)
    film = environment.drop("deep.mov", parent=inner)
    assert scan(environment).body == {"submitted": 1}
    assert state_of(environment, film) == [State.QUEUED]


def test_submits_the_files_of_a_folder_moved_in(environment: Environment) -> None:
    outer = environment.drive.folder("Archive", parent=unshared_folder(environment))["id"]
    inner = environment.drive.folder("Reels", parent=outer)["id"]
    films = [environment.drop(f"{number}.mov", parent=folder) for number, folder in enumerate((outer, inner, inner))]
    assert scan(environment).body == {}
    environment.drive.move(outer, environment.folder_id)
    assert scan(environment).body == {"submitted": 3}
    assert [state_of(environment, film) for film in films] == [[State.QUEUED]] * 3
    assert scan(environment).body == {}


def test_a_new_revision_supersedes_the_older(environment: Environment) -> None:
    film = environment.drop("cut.mov")
    scan(environment)
    new = environment.folder / "new"
    new.write_bytes(b"a better cut".ljust(SMALL_BYTES + 2, b"."))
    environment.drive.update(film["id"], path=new)
    assert scan(environment).body == {"submitted": 1}
    older, newer = environment.videos_of(film["id"])
    assert (newer.supersedes, older.superseded_by) == (older.video_id, newer.video_id)


def test_concurrent_submission_by_n8n_and_scans_creates_one_video(environment: Environment) -> None:
    films = [environment.drop(f"twice {number}.mov") for number in range(4)]
    with ThreadPoolExecutor(3) as pool:
        scans = [pool.submit(scan, environment) for _ in range(2)]
        calls = [pool.submit(environment.submit, film) for film in films]
    assert [each.result().error for each in (*scans, *calls)] == [None] * 6
    assert {each.result().status for each in calls} <= {"accepted", "duplicate"}
    videos = [environment.videos_of(film["id"]) for film in films]
    assert [[(video.state, video.attempt) for video in each] for each in videos] == [[(State.QUEUED, 1)]] * 4


def test_a_late_submission_by_n8n_is_a_duplicate(environment: Environment) -> None:
    film = environment.drop("lagging.mov")
    scan(environment)
    assert environment.submit(film).status == "duplicate"
    assert state_of(environment, film) == [State.QUEUED]


def test_an_expired_change_cursor_triggers_a_listing(environment: Environment) -> None:
    environment.cloud.client("dynamodb").update_item(
        TableName=environment.outputs["ledgerTable"],
        Key=to_item({PARTITION_KEY: scan_key(environment.folder_id), SORT_KEY: SCAN_SORT_KEY}),
        UpdateExpression="SET #cursor.#token = :lost",
        ExpressionAttributeNames={"#cursor": "cursor", "#token": "token"},
        ExpressionAttributeValues=to_item({":lost": "of last year"}),
    )
    film = environment.drop("meanwhile.mov")
    assert scan(environment).body == {"submitted": 1}
    assert state_of(environment, film) == [State.QUEUED]


@contextmanager
def intake_down(environment: Environment) -> Iterator[None]:
    """Let the intake fail to start: one of its variables was changed by hand."""
    client, name = environment.cloud.client("lambda"), environment.function("intake")
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    wrong = {**variables, "VCP_LOG_LEVEL": "LOUD"}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": wrong})
    yield
    client.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def test_an_outage_of_intake_loses_and_duplicates_no_file(environment: Environment) -> None:
    films = [environment.drop(f"waiting {number}.mov") for number in range(3)]
    with intake_down(environment):
        assert "intake_failed" in str(scan(environment).error)
    assert [state_of(environment, film) for film in films] == [[]] * 3

    submitted = eventually(lambda: scan(environment).body.get("submitted"), TIMEOUT_SECONDS, "the next retry")

    assert submitted == 3
    assert [state_of(environment, film) for film in films] == [[State.QUEUED]] * 3


def test_an_unshared_folder_fails_with_a_sentence_until_it_is_shared(environment: Environment) -> None:
    environment.drive.unshare(environment.folder_id, environment.account)
    film = environment.drop("unseen.mov")

    error = scan(environment).error
    assert error is not None
    assert f"it is not shared with the pipeline: share it with {environment.account} as a viewer." in error

    environment.drive.share(environment.folder_id, environment.account)
    assert scan(environment).body == {"submitted": 1}
    assert state_of(environment, film) == [State.QUEUED]


def test_a_scanned_video_is_compressed_once(environment: Environment, tmp_path: Path) -> None:
    environment.hold_messages(0)
    film = make_video(tmp_path / "alone.mp4", seconds=2, size="320x180", languages=("eng",), bitrate="2M")
    file = environment.drive.drop(
        film, parent=unshared_folder(environment), owner=STUDIO, mime_type="video/mp4", facts=LONG_AGO
    )
    environment.drive.move(file["id"], environment.folder_id)

    assert scan(environment).body == {"submitted": 1}
    (video,) = environment.videos_of(file["id"])
    row = environment.row(video.video_id, "Completed")
    scan(environment)

    assert row["File Name"] == "alone.mp4"
    assert environment.submit(file).status == "duplicate"
    assert state_of(environment, file) == [State.COMPLETED]
    jobs = environment.cloud.console_client.mediaconvert.jobs()
    assert [job["userMetadata"]["VideoId"] for job in jobs] == [video.video_id]
