"""The deployed intake: unusual calls, links, files and names."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import pytest

from tests.canaries import WebCanary
from tests.e2e.environment import LIMIT, SMALL_BYTES, Answer, Environment, Trace
from tests.e2e.videos import make_video
from vcp.domain.text.lines import one_line
from vcp.domain.video.record import VideoRecord
from vcp.domain.video.states import State
from vcpctl.demo.environment import STUDIO

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"
LINK = f"https://drive.google.com/file/d/{ID}/view"


@pytest.fixture(autouse=True, scope="module")
def _messages_are_held(environment: Environment) -> Iterator[None]:
    """Keep the messages in the queue, where the tests count them."""
    environment.hold_messages()
    yield
    environment.release_queue()


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
        ({**CALL, "compressAboveBytes": LIMIT + 1}, "bad_override"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_a_call_without_a_file_fails_and_stores_nothing(environment: Environment, payload: object, code: str) -> None:
    before = environment.trace()

    answer = environment.submit(payload)

    assert answer.error is not None
    assert re.match(rf"{code}: [A-Z“][^\n]+\.", answer.error)
    assert not re.search(r"Traceback|msgspec|ValidationError|Expected `", answer.error)
    assert environment.trace() == before


def test_lambda_rejects_a_payload_that_is_not_json(environment: Environment) -> None:
    before = environment.trace()
    with pytest.raises(environment.cloud.client("lambda").exceptions.InvalidRequestContentException):
        environment.submit(b"{'fileUrl':")
    assert environment.trace() == before


def test_calls_no_host_but_drive(environment: Environment, canary: WebCanary) -> None:
    """Neither the host of a link nor its target is requested."""
    host = canary.url.removeprefix("http://")
    before = environment.trace()
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
        error = environment.submit({"fileUrl": link}).error
        assert error is not None
        assert error.startswith("not_a_drive_link: ")
    assert environment.trace() == before
    assert canary.visits == []


def test_only_the_id_of_a_link_reaches_drive(environment: Environment) -> None:
    file = environment.drop()
    environment.drive.clear_requests()
    environment.submit(
        {"fileUrl": f"https://www.google.com/url?q=https://drive.google.com/open?id%3D{file['id']}&sa=D"}
    )
    requests = [call for call in environment.drive.requests() if call["principal"] == environment.account]
    assert [(call["operation"], call["fileId"], call["media"]) for call in requests] == [
        ("files.get", file["id"], False)
    ]


def test_every_form_of_a_call_is_the_same_video(environment: Environment) -> None:
    file = environment.drop("Interview.mov")
    before = environment.trace()
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

    answers = [environment.submit(call) for call in calls]

    assert [answer.error for answer in answers] == [None] * len(calls)
    assert {answer.videoId for answer in answers} == {f"{file_id}-{file['md5Checksum']}"}
    assert [answer.status for answer in answers] == ["accepted"] + ["duplicate"] * (len(calls) - 1)
    # A video that is still queued gets its message again: it may have been lost.
    assert environment.trace().since(before) == Trace(records=1, messages=len(calls), drive_requests=len(calls))


@pytest.mark.parametrize(
    "size", ["12 MB", "abc", -1, 1e300, float("nan"), None, True, "", [], {"bytes": 5}, "999999999999"], ids=repr
)
def test_ignores_a_wrong_claim_and_uses_drives_size(environment: Environment, size: object) -> None:
    file = environment.drop("claimed.mov")
    claims = {"fileUrl": file["webViewLink"], "fileSize": size, "fileName": ["?"], "uploader": {"a": 1}}
    # As text, since NaN gets through in that only.
    answer = environment.submit({"body": json.dumps(claims)})
    assert answer.status == "accepted"
    source = environment.record(answer.videoId).source
    assert (source.size_bytes, source.name, source.uploader) == (SMALL_BYTES + 1, "claimed.mov", STUDIO)


@dataclass(frozen=True)
class Unusable:
    """Something in Drive that cannot or need not be compressed, and what the intake answers."""

    file_id: str
    code: str
    reason: str


UNUSABLE = [
    "folder", "document", "trashed", "not shared", "unknown", "no download", "empty", "small", "shortcut to a folder",
    "shortcut to the trash", "shortcut to what is not shared", "shortcut to what is gone",
]  # fmt: skip


def unusable_files(environment: Environment) -> dict[str, Unusable]:
    drop, shortcut = environment.drop, environment.shortcut
    folder = environment.drive.folder("Rushes", parent=environment.folder_id, owner=STUDIO)["id"]
    trashed = drop("trashed.mov", facts={"trashed": True})["id"]
    locked = drop("locked.mov", facts={"downloadDisabled": True})["id"]
    private = drop("private.mov", parent=None, owner="bea@example.org")["id"]
    environment.drive.share(private, STUDIO)  # for the shortcut's creator; the pipeline never sees the file
    deleted = drop("deleted.mov")["id"]
    to_deleted = shortcut(deleted)
    environment.drive.delete(deleted)
    is_folder, is_trashed = '"Rushes" is a folder', '"trashed.mov" is in the trash'
    share_it = f"share it (or its folder) with {environment.account}"
    files = [
        Unusable(folder, "drive_folder", is_folder),
        Unusable(environment.document("Script"), "drive_google_document", '"Script" is a Google document'),
        Unusable(trashed, "drive_trashed", is_trashed),
        Unusable(private, "drive_not_found", share_it),
        Unusable(ID, "drive_not_found", "cannot find this file"),
        Unusable(locked, "drive_download_disabled", 'Downloading "locked.mov" is disabled'),
        Unusable(drop("empty.mov", size=0)["id"], "empty_file", "0 bytes"),
        Unusable(drop("small.mov", size=SMALL_BYTES)["id"], "within_limit", "It needs no compression"),
        Unusable(shortcut(folder), "drive_folder", is_folder),
        Unusable(shortcut(trashed), "drive_trashed", is_trashed),
        Unusable(shortcut(private), "drive_dead_shortcut", share_it),
        Unusable(to_deleted, "drive_dead_shortcut", "deleted"),
    ]
    return dict(zip(UNUSABLE, files, strict=True))


@pytest.fixture(scope="module")
def answers(environment: Environment) -> dict[str, tuple[Unusable, Answer, Trace]]:
    """Submit each unusable file; return it with the answer and what the call left."""
    submitted = {}
    for name, file in unusable_files(environment).items():
        before = environment.trace()
        link = f"https://drive.google.com/open?id={file.file_id}"
        answer = environment.submit({"fileUrl": link, "fileName": "said.mov"})
        submitted[name] = (file, answer, environment.trace().since(before))
    return submitted


@pytest.mark.parametrize("name", UNUSABLE)
def test_answers_an_unusable_file_with_code_and_reason(
    answers: dict[str, tuple[Unusable, Answer, Trace]], name: str
) -> None:
    file, answer, left = answers[name]
    assert answer.error is None
    assert (answer.status, answer.code) == ("skipped" if name == "small" else "rejected", file.code)
    assert file.reason in answer.reason
    assert answer.reason.endswith(".")
    # A shortcut to a file that was submitted before leads to the same record; both are read from Drive.
    known = name in ("shortcut to a folder", "shortcut to the trash")
    assert left == Trace(records=0 if known else 1, messages=0, drive_requests=2 if "shortcut" in name else 1)


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_file_gets_a_row_and_a_mail(
    environment: Environment, answers: dict[str, tuple[Unusable, Answer, Trace]], name: str
) -> None:
    _, answer, _ = answers[name]
    row = environment.row(answer.videoId, answer.status.capitalize())
    assert row["Error Message"] == answer.reason
    assert row["Original URL"].startswith("https://")
    assert answer.reason in environment.mail(answer.videoId).body


def test_rejects_a_forbidden_file_and_names_the_account_to_share_with(environment: Environment) -> None:
    """Drive's other error for a file that is not shared."""
    file = environment.drop("forbidden.mov")
    environment.drive.fault("error", status=403, reason="insufficientFilePermissions", fileId=file["id"])
    answer = environment.submit(file)
    assert (answer.status, answer.code) == ("rejected", "drive_not_shared")
    assert environment.account in answer.reason
    assert environment.submit(file).status == "accepted", "a second call checks again"


def test_an_outage_of_drive_fails_the_call_and_stores_nothing(environment: Environment) -> None:
    file = environment.drop("busy.mov")
    before = environment.trace()
    environment.drive.fault("error", count=3, status=503, reason="backendError", fileId=file["id"])
    answer = environment.submit(file)
    assert answer.error is not None
    assert answer.error.startswith("drive_unavailable: Google Drive is busy")
    assert environment.trace().since(before) == Trace(records=0, messages=0, drive_requests=3)
    assert environment.submit(file).status == "accepted"


def test_follows_a_shortcut_to_its_file(environment: Environment) -> None:
    file = environment.drop("target.mov")
    answer = environment.submit({"fileUrl": f"https://drive.google.com/file/d/{environment.shortcut(file['id'])}/view"})
    assert (answer.status, answer.fileName) == ("accepted", "target.mov")
    assert answer.videoId == f"{file['id']}-{file['md5Checksum']}"


def test_accepts_a_file_once_it_is_shared(environment: Environment) -> None:
    file = environment.drop("later.mov", parent=None, owner="bea@example.org")
    assert environment.submit(file).status == "rejected"
    environment.drive.share(file["id"], environment.account)
    assert environment.submit(file).status == "accepted"


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
def named(environment: Environment) -> dict[str, Answer]:
    """Submit files that need no compression, so that they get a row and a mail without an encode."""
    return {key: environment.submit(environment.drop(name, size=SMALL_BYTES)) for key, name in NAMES.items()}


@pytest.mark.parametrize("key", NAMES)
def test_any_file_name_reaches_row_and_mail(environment: Environment, named: dict[str, Answer], key: str) -> None:
    answer = named[key]
    shown = one_line(NAMES[key]) or "unnamed"
    assert (answer.error, answer.status, answer.fileName) == (None, "skipped", shown)
    assert len(shown) <= 255
    assert environment.row(answer.videoId, "Skipped")["File Name"] == shown
    mail = environment.mail(answer.videoId)
    assert re.fullmatch(r"Nothing to do: [\x20-\x7e]{1,84}", mail.subject)
    assert f"“{shown}”" in mail.body


@pytest.fixture(scope="module")
def delivered(environment: Environment) -> VideoRecord:
    """Compress a real video with the most difficult name."""
    name = f'A/B "cut" \\ \u202e{FAMILY}\r\nÜ:*? ' + "長" * 220 + ".mov"
    film = make_video(environment.folder / "film.mov", seconds=1, size="320x180", languages=("eng",), bitrate="4M")
    file = environment.drive.drop(film, name=name, parent=environment.folder_id, owner=STUDIO)
    environment.hold_messages(0)
    answer = environment.submit({**file, "limitBytes": 1_000_000, "compressAboveBytes": 1_000})
    record = environment.run.watch(answer.videoId, name)
    assert record.state is State.COMPLETED, record.problem
    assert record.source.name == one_line(name)
    return record


def test_object_keys_contain_no_file_name(environment: Environment, delivered: VideoRecord) -> None:
    assert delivered.stored is not None
    assert delivered.result is not None
    for key in (delivered.stored.key, delivered.result.key, delivered.result.receipt_key):
        assert re.fullmatch(r"[A-Za-z0-9/_.-]+", key)
        assert delivered.video_id in key


def test_the_download_name_is_valid_on_any_system(environment: Environment, delivered: VideoRecord) -> None:
    assert delivered.result is not None
    head = environment.cloud.client("s3").head_object(
        Bucket=environment.outputs["compressedBucket"], Key=delivered.result.key
    )
    disposition, _, name = head["ContentDisposition"].partition("filename*=UTF-8''")
    assert disposition.startswith("attachment; ")
    saved = unquote(name)
    assert saved.startswith(f"A_B _cut_ _ {FAMILY} Ü___ 長長長")
    assert saved.endswith("長.mp4")
    assert len(saved.encode()) <= 255
    (environment.folder / saved).write_bytes(b"it can be")


def test_the_jobs_metadata_has_only_allowed_characters(environment: Environment, delivered: VideoRecord) -> None:
    assert delivered.job is not None
    job = environment.cloud.client("mediaconvert").get_job(Id=delivered.job.job_id)["Job"]
    metadata = job["UserMetadata"]
    assert metadata["OriginalFileName"].startswith("A/B _cut_ _ _ U:_")
    assert all(re.fullmatch(r"[A-Za-z0-9 _.:/=+@-]{1,256}", text) for text in itertools.chain(*metadata.items()))


def test_row_and_mail_show_the_name_on_one_line(environment: Environment, delivered: VideoRecord) -> None:
    assert environment.row(delivered.video_id, "Completed")["File Name"] == delivered.source.name
    mails = environment.mails(delivered.video_id)
    assert mails
    for mail in mails:
        assert re.fullmatch(r"[\x20-\x7e]{1,99}", mail.subject)
        assert f"“{delivered.source.name}”" in mail.body
