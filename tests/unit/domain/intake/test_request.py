"""Calls of the door, as n8n and people make them."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.errors import InvalidRequestError
from vcp.domain.intake.request import OVERRIDES, IntakeRequest, parse_request

ID = "1aBcDeFgHiJkLmNoPqRsTuVwXyZ_-0123"
CALL = {
    "fileUrl": f"https://drive.google.com/file/d/{ID}/view?resourcekey=0-k",
    "fileName": "Interview.mov",
    "fileSize": 6_700_000_000,
    "uploader": "studio@example.com",
}
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
    ],
)
def test_the_seed_systems_payload_is_read_wherever_it_is_put(event: object) -> None:
    request = parse_request(event)
    assert (request.file_id, request.resource_key) == (ID, "0-k")
    assert (request.claimed_name, request.claimed_size_bytes) == ("Interview.mov", 6_700_000_000)
    assert request.uploader == "studio@example.com"
    assert (request.overrides, request.unread) == ({}, ())


@pytest.mark.parametrize(
    "event",
    [RESOURCE, {"body": RESOURCE}, [{"json": RESOURCE}], {k: v for k, v in RESOURCE.items() if k != "kind"}],
)
def test_a_drive_trigger_item_is_read(event: object) -> None:
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
def test_the_few_fields_that_n8ns_drive_node_asks_for_are_enough(fields: dict[str, Any]) -> None:
    """It asks for id and name unless a person ticks more."""
    assert parse_request({"id": ID, **fields}).file_id == ID


def test_a_file_of_a_shared_drive_has_no_owner_but_an_editor() -> None:
    resource = {**RESOURCE, "owners": None, "lastModifyingUser": {"emailAddress": "cut@example.com"}}
    assert parse_request(resource).uploader == "cut@example.com"


@pytest.mark.parametrize("key", ["not a key", "a\r\nX-Evil: 1", 7, "", ["0-k"]])
def test_a_resource_key_that_is_none_is_left_out(key: object) -> None:
    """The file may be shared with the pipeline itself; the key only matters for links."""
    request = parse_request({**RESOURCE, "resourceKey": key})
    assert (request.file_id, request.resource_key) == (ID, None)


def test_only_the_link_is_needed() -> None:
    request = parse_request({"fileUrl": ID, "fileName": "", "fileSize": None, "limitBytes": "", "minHeight": " "})
    assert request == IntakeRequest(file_id=ID)


@pytest.mark.parametrize(
    "size", ["6.7 GB", "abc", "-1", -1, -1.0, 0.5, 1e300, float("nan"), float("inf"), True, {"bytes": 1}, [5], "9" * 40]
)
def test_a_size_that_is_none_stops_no_video(size: object) -> None:
    """Drive tells the size itself."""
    request = parse_request({**CALL, "fileSize": size})
    assert (request.claimed_size_bytes, request.unread) == (None, ("fileSize",))


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
def test_a_name_is_what_can_be_read_of_it(claim: object, name: str | None) -> None:
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
def test_an_uploader_is_a_person_in_any_of_drives_forms(claim: object, uploader: str | None) -> None:
    assert parse_request({**CALL, "uploader": claim}).uploader == uploader


def test_a_claim_that_cannot_be_read_leaves_room_for_the_next_that_can() -> None:
    request = parse_request({**RESOURCE, "fileName": ["a"], "uploader": {}})
    assert (request.claimed_name, request.uploader) == ("Interview.mov", "studio@example.com")
    assert request.unread == ("fileName", "uploader")


def test_settings_beside_the_file_are_the_contracts_fields() -> None:
    request = parse_request({**CALL, "limitBytes": " 2000000000\n", "minHeight": 1080, "qualityFloorVmaf": 90})
    assert request.overrides == {"limit_bytes": 2_000_000_000, "min_height": 1080, "quality_floor_vmaf": 90.0}


def test_settings_that_only_go_together_with_the_stacks_are_left_to_whoever_knows_it() -> None:
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
        ({"body": [CALL, CALL, CALL]}, "several_files", "list of 3"),
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
def test_each_bad_call_says_what_is_wrong_with_it(event: object, code: str, names: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_request(event)
    assert refusal.value.code == code
    assert names in refusal.value.sentence
    assert refusal.value.sentence.endswith(".")


_KEYS = [
    "body", "json", "isBase64Encoded", "fileUrl", "fileName", "fileSize", "uploader", "id", "kind", "name", "owners",
    "resourceKey", "limitBytes", "qualityFloorVmaf",
]  # fmt: skip
#: What a JSON parser makes of any text: half emoji and NaN included.
_TEXT = st.text(st.characters(codec=None))
_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT | st.sampled_from([ID, "drive#file", "{}", "[]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner),
    max_leaves=8,
)


@given(_JSON)
def test_no_event_breaks_the_door(event: object) -> None:
    """Whatever comes in is either a request that can be stored, or refused with a sentence that can be sent."""
    try:
        said = msgspec.json.encode(parse_request(event)).decode()
    except InvalidRequestError as refusal:
        said = str(refusal)
    said.encode()


@given(_JSON, st.sampled_from(["fileName", "name", "fileSize", "size", "uploader", "owners", "resourceKey", "other"]))
def test_nothing_that_is_said_beside_the_file_stops_it(claim: object, field: str) -> None:
    assert parse_request({"fileUrl": ID, field: claim}).file_id == ID


@given(_JSON, st.sampled_from(sorted(OVERRIDES)))
def test_a_setting_of_the_call_is_one_that_can_be_stored_or_is_refused_with_a_sentence(
    value: object, setting: str
) -> None:
    try:
        said = msgspec.json.encode(parse_request({"fileUrl": ID, setting: value})).decode()
    except InvalidRequestError as refusal:
        said = str(refusal)
    said.encode()
