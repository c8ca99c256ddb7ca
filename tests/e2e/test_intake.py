"""What reaches the deployed `video-file-processor` when n8n calls it: odd calls, odd links, odd files, odd names."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pytest
from tests.e2e.studios import PATIENCE_SECONDS, SMALL_BYTES, Answer, Studio, Trace

from localcloud.process import running_cloud
from tests.canaries import WebCanary, web_canary
from tests.e2e.videos import make_video
from vcp.domain.text.lines import one_line
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcpctl.demo.story import Story
from vcpctl.demo.world import STUDIO, furnish

pytestmark = pytest.mark.e2e

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"
LINK = f"https://drive.google.com/file/d/{ID}/view"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A cloud of its own, since these tests count what is in its queue; nothing is taken out of it meanwhile."""
    config = {"vcp:limitBytes": "1000000", "vcp:compressAboveBytes": str(SMALL_BYTES)}
    with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        world = furnish(cloud, config)
        shared_with = cloud.console_client.drive.file(world.folder_id)["permissions"]
        (robot,) = [each["emailAddress"] for each in shared_with if each["role"] == "reader"]
        studio = Studio(world, tmp_path_factory.mktemp("studio"), robot)
        studio.hold_messages_back()
        yield studio


@pytest.fixture(scope="module")
def canary() -> Iterator[WebCanary]:
    with web_canary() as watching:
        yield watching


CALL = {"fileUrl": LINK, "fileName": "film.mov", "fileSize": "1", "uploader": "anna@example.org"}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty_request"),
        ({}, "empty_request"),
        (None, "empty_request"),
        ({"body": ""}, "empty_request"),
        ([{"json": {}}], "empty_request"),
        ("hello", "bad_json"),
        ({"body": '{"fileUrl": '}, "bad_json"),
        ({"body": "?", "isBase64Encoded": True}, "bad_base64"),
        (7, "not_an_object"),
        ({"body": [CALL, CALL]}, "several_files"),
        ({"fileName": "film.mov"}, "no_file"),
        ({**CALL, "fileUrl": ""}, "no_file"),
        ({**CALL, "fileUrl": 12}, "bad_field"),
        ({**CALL, "fileUrl": "https://example.com/film.mov"}, "not_a_drive_link"),
        ({**CALL, "fileUrl": "undefined"}, "not_a_drive_link"),
        ({**CALL, "fileUrl": "half \ud83c of an emoji"}, "not_a_drive_link"),
        ({**CALL, "limitBytes": "4 GB"}, "bad_override"),
        ({**CALL, "compressAboveBytes": 2_000_000}, "bad_override"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_call_without_a_file_fails_and_stores_nothing(studio: Studio, payload: object, code: str) -> None:
    before = studio.trace()

    answer = studio.call(payload)

    assert answer.error is not None
    assert re.match(rf"{code}: [A-Z“][^\n]+\.", answer.error)
    assert not re.search(r"Traceback|msgspec|ValidationError|Expected `", answer.error)
    assert studio.trace() == before


def test_lambda_rejects_a_payload_that_is_not_json(studio: Studio) -> None:
    before = studio.trace()
    with pytest.raises(studio.world.cloud.client("lambda").exceptions.InvalidRequestContentException):
        studio.call(b"{'fileUrl':")
    assert studio.trace() == before


def test_calls_no_host_but_drive(studio: Studio, canary: WebCanary) -> None:
    """Whatever stands in the link: neither its host, nor where it might lead."""
    host = canary.url.removeprefix("http://")
    before = studio.trace()
    for link in (
        f"{canary.url}/file/d/{ID}/view",
        f"http://drive.google.com@{host}/file/d/{ID}/view",
        f"http://{host}/drive.google.com/file/d/{ID}/view",
        f"//{host}/file/d/{ID}/view",
        f"https://www.google.com/url?q={canary.url}/file/d/{ID}/view",
        f"{canary.url}/ https://drive.google.com/file/d/{ID}/view",
        f"http://127.0.0.1/file/d/{ID}/view",
        f"ftp://{host}/file/d/{ID}",
        "file:///etc/hostname",
        "http://169.254.169.254/latest/meta-data/",
    ):
        error = studio.call({"fileUrl": link}).error
        assert error is not None
        assert error.startswith("not_a_drive_link: ")
    assert studio.trace() == before
    assert canary.visits == []


def test_only_the_id_of_a_link_reaches_drive(studio: Studio) -> None:
    file = studio.drop()
    studio.drive.clear_requests()
    studio.call({"fileUrl": f"https://www.google.com/url?q=https://drive.google.com/open?id%3D{file['id']}&sa=D"})
    asked = [call for call in studio.drive.requests() if call["principal"] == studio.robot]
    assert [(call["operation"], call["fileId"], call["media"]) for call in asked] == [("files.get", file["id"], False)]


def test_every_form_of_a_call_is_the_same_video(studio: Studio) -> None:
    file = studio.drop("Interview.mov")
    before = studio.trace()
    link, file_id = file["webViewLink"], file["id"]
    text = json.dumps({"fileUrl": link, "fileName": "said.mov", "fileSize": "12 MB", "uploader": ["?"]})
    calls: list[object] = [
        file,
        {"id": file_id, "name": "Interview.mov"},
        [{"json": file, "pairedItem": {"item": 0}}],
        {"body": file},
        text,
        {"body": text},
        {"body": json.dumps({"body": text})},
        {"body": base64.b64encode(text.encode()).decode(), "isBase64Encoded": True},
        {"fileUrl": file_id},
        {"fileUrl": f"<{link}>"},
        {"fileUrl": f"Here it is: {link}. Thanks!"},
        {"fileUrl": f"HTTPS://Drive.Google.com/open?id={file_id}"},
        {"fileUrl": f"drive.google.com/uc?export=download&id={file_id}"},
        {"fileUrl": f"https://drive.usercontent.google.com/download?id={file_id}&export=download"},
        {"fileUrl": f"https://drive.google.com/a/example.org/file/d/{file_id}/edit"},
    ]

    answers = [studio.call(call) for call in calls]

    assert [answer.error for answer in answers] == [None] * len(calls)
    assert {answer.videoId for answer in answers} == {f"{file_id}-{file['md5Checksum']}"}
    assert [answer.status for answer in answers] == ["accepted"] + ["duplicate"] * (len(calls) - 1)
    # A video that is still queued gets its message again: it may have been lost.
    assert studio.trace().since(before) == Trace(records=1, messages=len(calls), asked_of_drive=len(calls))


@pytest.mark.parametrize(
    "size", ["12 MB", "abc", -1, 1e300, float("nan"), None, True, "", [], {"bytes": 5}, "999999999999"], ids=repr
)
def test_ignores_a_wrong_claim_and_uses_drives_size(studio: Studio, size: object) -> None:
    file = studio.drop("claimed.mov")
    claims = {"fileUrl": file["webViewLink"], "fileSize": size, "fileName": ["?"], "uploader": {"a": 1}}
    # As text, since NaN gets through in that only.
    answer = studio.call({"body": json.dumps(claims)})
    assert answer.status == "accepted"
    source = studio.record(answer.videoId).source
    assert (source.size_bytes, source.name, source.uploader) == (SMALL_BYTES + 1, "claimed.mov", STUDIO)


@dataclass(frozen=True)
class Odd:
    """Something in the studio's Drive that is no video to compress, and what the door has to say of it."""

    file_id: str
    status: str
    code: str
    says: str


@pytest.fixture(scope="module")
def odd_files(studio: Studio) -> dict[str, tuple[Odd, Answer, Trace]]:
    """Announced one by one: the answer, and what each left behind."""
    drive, robot = studio.drive, studio.robot
    folder = drive.folder("Rushes", parent=studio.world.folder_id, owner=STUDIO)["id"]
    trashed = studio.drop("trashed.mov", facts={"trashed": True})["id"]
    private = studio.drop("private.mov", parent=None, owner="bea@example.org")["id"]
    deleted = studio.drop("deleted.mov")["id"]
    to_deleted = studio.shortcut(deleted)
    drive.delete(deleted)
    things = {
        "folder": Odd(folder, "rejected", "drive_folder", '"Rushes" is a folder'),
        "document": Odd(
            studio.document("Script"),
            "rejected", "drive_google_document", '"Script" is a Google document',
        ),
        "trashed": Odd(trashed, "rejected", "drive_trashed", '"trashed.mov" is in the trash'),
        "not shared": Odd(private, "rejected", "drive_not_found", f"share it (or its folder) with {robot}"),
        "unknown": Odd(ID, "rejected", "drive_not_found", "does not know this file"),
        "no download": Odd(
            studio.drop("locked.mov", facts={"downloadDisabled": True})["id"],
            "rejected", "drive_download_disabled", 'Downloading "locked.mov" is disabled',
        ),
        "empty": Odd(studio.drop("empty.mov", size=0)["id"], "rejected", "empty_file", "0 bytes"),
        "small": Odd(studio.drop("small.mov", size=SMALL_BYTES)["id"], "skipped", "within_limit", "It needs nothing"),
        "shortcut to a folder": Odd(studio.shortcut(folder), "rejected", "drive_folder", '"Rushes" is a folder'),
        "shortcut to the trash": Odd(studio.shortcut(trashed), "rejected", "drive_trashed", '"trashed.mov" is in the'),
        "shortcut to what is not shared": Odd(
            shortcut_of(studio, private), "rejected", "drive_dead_shortcut", f"share it (or its folder) with {robot}"
        ),
        "shortcut to what is gone": Odd(to_deleted, "rejected", "drive_dead_shortcut", "deleted"),
    }  # fmt: skip
    announced = {}
    for name, thing in things.items():
        before = studio.trace()
        answer = studio.call({"fileUrl": f"https://drive.google.com/open?id={thing.file_id}", "fileName": "said.mov"})
        announced[name] = (thing, answer, studio.trace().since(before))
    return announced


def shortcut_of(studio: Studio, private: str) -> str:
    """Anna made it while she could see the file; the pipeline never could."""
    studio.drive.share(private, STUDIO)
    return studio.shortcut(private)


ODD = [
    "folder", "document", "trashed", "not shared", "unknown", "no download", "empty", "small", "shortcut to a folder",
    "shortcut to the trash", "shortcut to what is not shared", "shortcut to what is gone",
]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_answers_an_unusable_file_with_code_and_reason(
    odd_files: dict[str, tuple[Odd, Answer, Trace]], name: str
) -> None:
    thing, answer, left = odd_files[name]
    assert answer.error is None
    assert (answer.status, answer.code) == (thing.status, thing.code)
    assert thing.says in answer.reason
    assert answer.reason.endswith(".")
    # A shortcut to what was announced before leads to the same record; Drive is asked for both of it.
    known = name in ("shortcut to a folder", "shortcut to the trash")
    assert left == Trace(records=0 if known else 1, messages=0, asked_of_drive=2 if "shortcut" in name else 1)


@pytest.mark.parametrize("name", ODD)
def test_an_unusable_file_gets_a_row_and_a_mail(
    studio: Studio, odd_files: dict[str, tuple[Odd, Answer, Trace]], name: str
) -> None:
    _, answer, _ = odd_files[name]
    row = studio.row(answer.videoId, answer.status.capitalize())
    assert row["Error Message"] == answer.reason
    assert row["Original URL"].startswith("https://")
    assert answer.reason in studio.mail(answer.videoId).body


def test_rejects_a_forbidden_file_and_names_the_account_to_share_with(studio: Studio) -> None:
    """Drive's other answer for what is not shared: it may be known of, but not read."""
    file = studio.drop("forbidden.mov")
    studio.drive.fault("error", status=403, reason="insufficientFilePermissions", fileId=file["id"])
    answer = studio.call(file)
    assert (answer.status, answer.code) == ("rejected", "drive_not_shared")
    assert studio.robot in answer.reason
    assert studio.call(file).status == "accepted", "it is looked at again"


def test_an_outage_of_drive_fails_the_call_and_stores_nothing(studio: Studio) -> None:
    file = studio.drop("busy.mov")
    before = studio.trace()
    studio.drive.fault("error", count=3, status=503, reason="backendError", fileId=file["id"])
    answer = studio.call(file)
    assert answer.error is not None
    assert answer.error.startswith("drive_unavailable: Google Drive is busy")
    assert studio.trace().since(before) == Trace(records=0, messages=0, asked_of_drive=3)
    assert studio.call(file).status == "accepted"


def test_follows_a_shortcut_to_its_file(studio: Studio) -> None:
    file = studio.drop("target.mov")
    answer = studio.call({"fileUrl": f"https://drive.google.com/file/d/{studio.shortcut(file['id'])}/view"})
    assert (answer.status, answer.fileName) == ("accepted", "target.mov")
    assert answer.videoId == f"{file['id']}-{file['md5Checksum']}"


def test_accepts_a_file_once_it_is_shared(studio: Studio) -> None:
    file = studio.drop("later.mov", parent=None, owner="bea@example.org")
    assert studio.call(file).status == "rejected"
    studio.drive.share(file["id"], studio.robot)
    assert studio.call(file).status == "accepted"


FAMILY = "👩\u200d👩\u200d👧"
NAMES = {
    "slashes": "../A/B\\C.mov",
    "quotes": "\"The 'final' “cut”\".mov",
    "emoji": f"{FAMILY} 🎬.mov",
    "right to left": "\u200fראיון\u200f סופי.mov",
    "override": "\u202evom.gnp",
    "control": "two\r\nlines\tand\x00more\x7f.mov",
    "255": "n" * 251 + ".mov",
    "255 emoji": "🎬" * 251 + ".mov",
    "1000": "long " * 199 + ".mov",
    "blank": " ",
    "html": "<b>&amp;{{7*7}}%s$(id).mov",
}


@pytest.fixture(scope="module")
def named(studio: Studio) -> dict[str, Answer]:
    """Files that are small enough as they are: a row and a mail, and no encode."""
    return {key: studio.call(studio.drop(name, size=SMALL_BYTES)) for key, name in NAMES.items()}


@pytest.mark.parametrize("key", NAMES)
def test_any_file_name_reaches_row_and_mail(studio: Studio, named: dict[str, Answer], key: str) -> None:
    answer = named[key]
    shown = one_line(NAMES[key]) or "unnamed"
    assert (answer.error, answer.status, answer.fileName) == (None, "skipped", shown)
    assert len(shown) <= 255
    assert studio.row(answer.videoId, "Skipped")["File Name"] == shown
    mail = studio.mail(answer.videoId)
    assert re.fullmatch(r"Nothing to do: [\x20-\x7e]{1,84}", mail.subject)
    assert f"“{shown}”" in mail.body


@pytest.fixture(scope="module")
def delivered(studio: Studio) -> VideoRecord:
    """The worst of names on a real video, the whole way."""
    name = f'A/B "cut" \\ \u202e{FAMILY}\r\nÜ:*? ' + "長" * 220 + ".mov"
    film = make_video(studio.folder / "film.mov", seconds=1, size="320x180", languages=("eng",), bitrate="4M")
    file = studio.drive.drop(film, name=name, parent=studio.world.folder_id, owner=STUDIO)
    studio.hold_messages_back(0)
    answer = studio.call({**file, "limitBytes": 1_000_000, "compressAboveBytes": 1_000})
    record = Story(studio.world, studio.folder, lambda *_: None, PATIENCE_SECONDS).watch(answer.videoId, name)
    assert record.state is State.COMPLETED, record.problem
    assert record.source.name == one_line(name)
    return record


def test_object_keys_contain_no_file_name(studio: Studio, delivered: VideoRecord) -> None:
    assert delivered.stored is not None
    assert delivered.result is not None
    for key in (delivered.stored.key, delivered.result.key, delivered.result.receipt_key):
        assert re.fullmatch(r"[A-Za-z0-9/_.-]+", key)
        assert delivered.video_id in key


def test_the_download_name_is_valid_on_any_system(studio: Studio, delivered: VideoRecord) -> None:
    assert delivered.result is not None
    head = studio.world.cloud.client("s3").head_object(
        Bucket=studio.world.outputs["compressedBucket"], Key=delivered.result.key
    )
    disposition, _, name = head["ContentDisposition"].partition("filename*=UTF-8''")
    assert disposition.startswith("attachment; ")
    saved = unquote(name)
    assert saved.startswith(f"A_B _cut_ _ {FAMILY} Ü___ 長長長")
    assert saved.endswith("長.mp4")
    assert len(saved.encode()) <= 255
    (studio.folder / saved).write_bytes(b"it can be")


def test_the_jobs_metadata_has_only_allowed_characters(studio: Studio, delivered: VideoRecord) -> None:
    assert delivered.job is not None
    job = studio.world.cloud.client("mediaconvert").get_job(Id=delivered.job.job_id)["Job"]
    metadata = job["UserMetadata"]
    assert metadata["OriginalFileName"].startswith("A/B _cut_ _ _ U:_")
    assert all(re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]{1,256}", text) for text in itertools.chain(*metadata.items()))


def test_row_and_mail_show_the_name_on_one_line(studio: Studio, delivered: VideoRecord) -> None:
    assert studio.row(delivered.video_id, "Completed")["File Name"] == delivered.source.name
    mails = [m for m in studio.world.cloud.console_client.inbox.mails() if delivered.video_id in m.body]
    assert mails
    for mail in mails:
        assert re.fullmatch(r"[\x20-\x7e]{1,99}", mail.subject)
        assert f"“{delivered.source.name}”" in mail.body
