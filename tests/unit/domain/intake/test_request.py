"""Parsing of calls, as n8n and people make them."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import check_golden
from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.request import OVERRIDES, IntakeRequest, parse_request

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"
CALL = {
    "fileUrl": f"https://drive.google.com/file/d/{ID}/view?resourcekey=0-k",
    "fileName": "Interview.mov",
    "fileSize": 6_700_000_000,
    "uploader": "studio@example.com",
}


def nested(times: int) -> object:
    event: object = CALL
    for _ in range(times):
        event = {"body": event}
    return event


RESOURCE = {
    "kind": "drive#file",
    "id": ID,
    "name": "Interview.mov",
    "mimeType": "video/quicktime",
    "size": "6700000000",
    "owners": [{"kind": "drive#user", "emailAddress": "studio@example.com"}],
}


@pytest.mark.parametrize(
    "event",
    [
        CALL,
        json.dumps(CALL),
        json.dumps(json.dumps(CALL)),
        {"body": CALL},
        {"body": json.dumps(CALL)},
        {"body": "\ufeff" + json.dumps(CALL)},
        {"body": json.dumps(json.dumps(CALL))},
        {"httpMethod": "POST", "body": json.dumps({"body": json.dumps(CALL)})},
        {"body": base64.b64encode(json.dumps(CALL).encode()).decode(), "isBase64Encoded": True},
        {"body": json.dumps(CALL), "isBase64Encoded": False},
        [CALL],
        [{"json": CALL, "pairedItem": {"item": 0}}],
        {"body": [{"json": CALL}]},
        json.dumps([{"json": {"body": json.dumps(CALL)}}]),
        {"fileUrl": "", "body": CALL},
        {**CALL, "body": "this is not for us"},
        {**CALL, "fileSize": "6700000000"},
        {**CALL, "fileSize": 6.7e9},
        {**CALL, "unknown": "ignored"},
        {"body": json.dumps(CALL), "isBase64Encoded": "true"},
        nested(10),
    ],
)
def test_unwraps_the_legacy_systems_payload(event: object) -> None:
    request = parse_request(event)
    assert (request.file_id, request.resource_key) == (ID, "0-k")
    assert (request.claimed_name, request.claimed_size_bytes) == ("Interview.mov", 6_700_000_000)
    assert request.uploader == "studio@example.com"
    assert (request.overrides, request.unread) == ({}, ())


@pytest.mark.parametrize(
    "event",
    [RESOURCE, {"body": RESOURCE}, [{"json": RESOURCE}], {k: v for k, v in RESOURCE.items() if k != "kind"}],
)
def test_parses_a_drive_trigger_item(event: object) -> None:
    request = parse_request(event)
    assert (request.file_id, request.claimed_name, request.claimed_size_bytes) == (ID, "Interview.mov", 6_700_000_000)
    assert request.uploader == "studio@example.com"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Interview.mov"},
        {"mimeType": "video/quicktime"},
        {"kind": "drive#file"},
        {"webViewLink": f"https://drive.google.com/file/d/{ID}/view"},
        {"fileUrl": "", "name": "Interview.mov"},
    ],
)
def test_the_default_fields_of_n8ns_drive_node_suffice(fields: dict[str, Any]) -> None:
    """By default it returns id and name."""
    assert parse_request({"id": ID, **fields}).file_id == ID


def test_a_shared_drive_file_has_an_editor_instead_of_an_owner() -> None:
    resource = {**RESOURCE, "owners": None, "lastModifyingUser": {"emailAddress": "cut@example.com"}}
    assert parse_request(resource).uploader == "cut@example.com"


@pytest.mark.parametrize("key", ["not a key", "a\r\nX-Evil: 1", 7, "", ["0-k"]])
def test_ignores_an_invalid_resource_key(key: object) -> None:
    """The file may be shared with the pipeline directly; the key matters only for links."""
    request = parse_request({**RESOURCE, "resourceKey": key})
    assert (request.file_id, request.resource_key) == (ID, None)


def test_only_the_link_is_needed() -> None:
    request = parse_request({"fileUrl": ID, "fileName": "", "fileSize": None, "limitBytes": "", "minHeight": " "})
    assert request == IntakeRequest(file_id=ID)


@pytest.mark.parametrize(
    "size",
    [
        "6.7 GB",
        "abc",
        "-1",
        -1,
        -1.0,
        0.5,
        1e300,
        float("nan"),
        float("inf"),
        True,
        {"bytes": 1},
        [5],
        "9" * 40,
        str(2**63),
        2**63,
    ],
)
def test_ignores_an_invalid_size(size: object) -> None:
    """Drive knows the size."""
    request = parse_request({**CALL, "fileSize": size})
    assert (request.claimed_size_bytes, request.unread) == (None, ("fileSize",))


@pytest.mark.parametrize(
    ("size", "size_bytes"), [(0, 0), (12.0, 12), (" 12 ", 12), (2**63 - 1, 2**63 - 1), (str(2**63 - 1), 2**63 - 1)]
)
def test_accepts_a_size_as_number_or_text(size: object, size_bytes: int) -> None:
    assert parse_request({**CALL, "fileSize": size}).claimed_size_bytes == size_bytes


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        (2024, "2024"),
        (["a"], None),
        ({"name": "a"}, None),
        (True, None),
        ("  take\n2.mov ", "take 2.mov"),
        ("half \ud83c of an emoji", "half \ufffd of an emoji"),
        ("\u202egnp.mov", "gnp.mov"),
        ("\u200b", None),
        ("x" * 3000 + ".mov", "x" * 230 + "…" + "x" * 20 + ".mov"),
    ],
)
def test_a_name_is_cleaned(claim: object, name: str | None) -> None:
    assert parse_request({**CALL, "fileName": claim}).claimed_name == name


@pytest.mark.parametrize(
    ("claim", "uploader"),
    [
        ({"emailAddress": "anna@example.com", "displayName": "Anna"}, "anna@example.com"),
        ({"displayName": "Anna"}, "Anna"),
        ([{"emailAddress": "anna@example.com"}, {"emailAddress": "bob@example.com"}], "anna@example.com"),
        (["anna@example.com"], "anna@example.com"),
        ([[["anna@example.com"]]], None),
        ({}, None),
        (True, None),
    ],
)
def test_accepts_an_uploader_in_drives_forms(claim: object, uploader: str | None) -> None:
    assert parse_request({**CALL, "uploader": claim}).uploader == uploader


def test_an_invalid_claim_falls_back_to_the_next() -> None:
    request = parse_request({**RESOURCE, "fileName": ["a"], "uploader": {}})
    assert (request.claimed_name, request.uploader) == ("Interview.mov", "studio@example.com")
    assert request.unread == ("fileName", "uploader")


def test_overrides_are_the_contracts_fields() -> None:
    request = parse_request({**CALL, "limitBytes": " 2000000000\n", "minHeight": 1080, "qualityFloorVmaf": 90})
    assert request.overrides == {"limit_bytes": 2_000_000_000, "min_height": 1080, "quality_floor_vmaf": 90.0}


def test_rules_between_fields_are_not_checked_here() -> None:
    assert parse_request({**CALL, "compressAboveBytes": 8_000_000_000}).overrides == {
        "compress_above_bytes": 8_000_000_000
    }


@pytest.mark.parametrize(
    ("event", "code", "names"),
    [
        (None, "empty_request", "Google Drive"),
        ("", "empty_request", "Google Drive"),
        ("  ", "empty_request", "Google Drive"),
        ({}, "empty_request", "Google Drive"),
        ([], "empty_request", "Google Drive"),
        ({"body": ""}, "empty_request", "Google Drive"),
        ({"body": None}, "empty_request", "Google Drive"),
        ({"body": {}}, "empty_request", "Google Drive"),
        ([{"json": {}}], "empty_request", "Google Drive"),
        ([1], "not_an_object", "fileUrl"),
        (17, "not_an_object", "fileUrl"),
        ("17", "not_an_object", "fileUrl"),
        ([CALL, CALL], "several_files", "list of 2"),
        ({"body": [CALL, CALL, CALL]}, "several_files", "list of 3 files"),
        ({"body": "{'fileUrl':"}, "bad_json", "JSON"),
        ({"body": f"fileUrl={ID}"}, "bad_json", "JSON"),
        ({"body": "[" * 100_000}, "bad_json", "JSON"),
        ({"body": "9" * 5_000}, "bad_json", "JSON"),
        ({"body": "no base64!", "isBase64Encoded": True}, "bad_base64", "base64"),
        ({"body": base64.b64encode(b"\xff\xfe").decode(), "isBase64Encoded": True}, "bad_base64", "base64"),
        ({"fileName": "a.mp4"}, "no_file", "fileUrl"),
        ({"fileUrl": " ", "fileName": "a.mp4"}, "no_file", "fileUrl"),
        ({"fileUrl": None}, "no_file", "fileUrl"),
        ({"id": ID}, "no_file", "fileUrl"),
        ({"id": ID, "source": "aws.s3", "detail-type": "Object Created", "detail": {}}, "no_file", "fileUrl"),
        ({"fileUrl": "https://example.com/a.mp4"}, "not_a_drive_link", "example.com"),
        ({"fileUrl": "undefined"}, "not_a_drive_link", "undefined"),
        ({"fileUrl": 5}, "bad_field", "fileUrl"),
        (nested(11), "no_file", "fileUrl"),
        ("X" + json.dumps(CALL), "bad_json", "JSON"),
        ({**RESOURCE, "id": 7}, "bad_field", "id"),
        ({**CALL, "minHeight": 480.5}, "bad_override", "minHeight"),
        ({"fileUrl": [f"https://drive.google.com/open?id={ID}"]}, "bad_field", "fileUrl"),
        ({**RESOURCE, "id": "../../x"}, "bad_field", "id"),
        ({**RESOURCE, "id": None}, "bad_field", "id"),
        ({**CALL, "limitBytes": 5}, "bad_override", "limitBytes of the call must be a whole number from 1,000,000 to"),
        ({**CALL, "limitBytes": "much"}, "bad_override", "not 'much'"),
        ({**CALL, "limitBytes": "4 GB"}, "bad_override", "limitBytes"),
        ({**CALL, "limitBytes": float("nan")}, "bad_override", "limitBytes"),
        ({**CALL, "limitBytes": "\ud800"}, "bad_override", "limitBytes"),
        ({**CALL, "minHeight": 100000}, "bad_override", "minHeight"),
        ({**CALL, "syncToleranceMs": True}, "bad_override", "syncToleranceMs"),
        ({**CALL, "qualityFloorVmaf": True}, "bad_override", "a number from 0 to 100"),
        ({**CALL, "qualityFloorVmaf": float("nan")}, "bad_override", "qualityFloorVmaf"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_an_error_names_what_is_wrong(event: object, code: str, names: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_request(event)
    assert caught.value.code == code
    assert names in caught.value.sentence
    assert caught.value.sentence.endswith(".")


_KEYS = [
    "body", "json", "isBase64Encoded", "fileUrl", "fileName", "fileSize", "uploader", "id", "kind", "name", "owners",
    "resourceKey", "limitBytes", "qualityFloorVmaf",
]  # fmt: skip
#: Everything that a JSON parser returns, including lone surrogates and NaN.
_TEXT = st.text(st.characters(codec=None))
_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT | st.sampled_from([ID, "drive#file", "{}", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner),
    max_leaves=8,
)


@given(_JSON)
def test_any_event_is_parsed_or_rejected(event: object) -> None:
    """Any event is either a storable request, or rejected with a sentence that can be sent."""
    try:
        result = msgspec.json.encode(parse_request(event)).decode()
    except InvalidRequestError as error:
        result = str(error)
    result.encode()


@given(_JSON, st.sampled_from(["fileName", "name", "fileSize", "size", "uploader", "owners", "resourceKey", "other"]))
def test_no_claim_blocks_a_file(claim: object, field: str) -> None:
    assert parse_request({"fileUrl": ID, field: claim}).file_id == ID


@given(_JSON, st.sampled_from(sorted(OVERRIDES)))
def test_an_override_is_storable_or_rejected(value: object, setting: str) -> None:
    try:
        result = msgspec.json.encode(parse_request({"fileUrl": ID, setting: value})).decode()
    except InvalidRequestError as error:
        result = str(error)
    result.encode()


def test_errors_read_as_reviewed() -> None:
    encoded = base64.b64encode(b"\xff\xfe").decode()
    calls: dict[str, object] = {
        "empty": {},
        "a number": 7,
        "two files": [CALL, CALL],
        "not JSON": {"body": "{fileUrl:"},
        "not base64": {"body": "%%%", "isBase64Encoded": True},
        "base64, not text": {"body": encoded, "isBase64Encoded": True},
        "no file": {"fileName": "film.mov", "b": 1, "a": 2},
        "a link that is not text": {"fileUrl": 7},
        "a resource with a wrong id": {**RESOURCE, "id": "short"},
        "not a link": {"fileUrl": "yesterday's film"},
        "another host": {"fileUrl": f"https://evil.example/file/d/{ID}/view"},
        "a disguised host": {"fileUrl": f"https://drive.google.com\\file/d/{ID}"},
        "a user": {"fileUrl": f"https://me@drive.google.com/file/d/{ID}/view"},
        "a port": {"fileUrl": f"https://drive.google.com:8443/file/d/{ID}/view"},
        "an invalid port": {"fileUrl": f"https://drive.google.com:x/file/d/{ID}/view"},
        "without an id": {"fileUrl": "https://drive.google.com/drive/my-drive"},
        "two links": {"fileUrl": f"https://drive.google.com/open?id={ID} https://drive.google.com/open?id={ID[::-1]}"},
        "too much text": {"fileUrl": "x" * 9000},
        "an override out of range": {**CALL, "limitBytes": 5},
        "an override of another type": {**CALL, "qualityFloorVmaf": "best " * 40},
    }

    def text(event: object) -> str:
        with pytest.raises(InvalidRequestError) as rejected:
            parse_request(event)
        return f"{rejected.value.code}\n{rejected.value.sentence}\n[{rejected.value.detail}]"

    check_golden("request_errors", {name: text(event) for name, event in calls.items()})
