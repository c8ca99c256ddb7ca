"""Calls of the door, as n8n and people make them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcp.domain.errors import InvalidRequestError
from vcp.domain.request import parse_request

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
        {"body": CALL},
        {"body": json.dumps(CALL)},
        {"httpMethod": "POST", "body": json.dumps({"body": json.dumps(CALL)})},
        json.dumps(CALL),
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
    assert request.overrides == {}


@pytest.mark.parametrize("event", [RESOURCE, {"body": RESOURCE}, {k: v for k, v in RESOURCE.items() if k != "kind"}])
def test_a_drive_trigger_item_is_read(event: object) -> None:
    request = parse_request(event)
    assert (request.file_id, request.claimed_name, request.claimed_size_bytes) == (ID, "Interview.mov", 6_700_000_000)
    assert request.uploader == "studio@example.com"


def test_a_file_of_a_shared_drive_has_no_owner_but_an_editor() -> None:
    resource = {**RESOURCE, "owners": None, "lastModifyingUser": {"emailAddress": "cut@example.com"}}
    assert parse_request(resource).uploader == "cut@example.com"


def test_only_the_link_is_needed() -> None:
    request = parse_request({"fileUrl": ID, "fileName": "", "fileSize": None})
    assert request.model_dump(exclude_defaults=True) == {"file_id": ID}


def test_settings_beside_the_file_are_the_contracts_fields() -> None:
    request = parse_request({**CALL, "limitBytes": "2000000000", "minHeight": 1080, "qualityFloorVmaf": 90})
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
        ({}, "empty_request", "Google Drive"),
        ({"body": ""}, "empty_request", "Google Drive"),
        ([1], "not_an_object", "fileUrl"),
        (17, "not_an_object", "fileUrl"),
        ({"body": [CALL]}, "not_an_object", "fileUrl"),
        ({"body": "{'fileUrl':"}, "bad_json", "JSON"),
        ({"fileName": "a.mp4"}, "no_file", "fileUrl"),
        ({"id": ID, "name": "x"}, "no_file", "fileUrl"),
        ({"fileUrl": "https://example.com/a.mp4"}, "not_a_drive_link", "example.com"),
        ({"fileUrl": 5}, "bad_field", "fileUrl"),
        ({"fileUrl": " "}, "bad_field", "fileUrl"),
        ({**RESOURCE, "id": "../../x"}, "bad_field", "id"),
        ({**RESOURCE, "id": None}, "bad_field", "id"),
        ({**RESOURCE, "resourceKey": 7}, "bad_field", "resourceKey"),
        ({**CALL, "fileSize": "6.7 GB"}, "bad_field", "fileSize"),
        ({**CALL, "fileSize": -1}, "bad_field", "fileSize"),
        ({**CALL, "fileSize": True}, "bad_field", "fileSize"),
        ({**CALL, "fileName": ["a"]}, "bad_field", "fileName"),
        ({**CALL, "uploader": "x" * 5000}, "bad_field", "uploader"),
        ({**CALL, "limitBytes": 5}, "bad_override", "limitBytes"),
        ({**CALL, "limitBytes": "much"}, "bad_override", "limitBytes"),
        ({**CALL, "minHeight": 100000}, "bad_override", "minHeight"),
    ],
)
def test_each_bad_call_says_what_is_wrong_with_it(event: object, code: str, names: str) -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_request(event)
    assert refusal.value.code == code
    assert names in refusal.value.sentence


_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["body", "fileUrl", "fileName", "fileSize", "id", "kind", "owners", "limitBytes"]), inner
    ),
    max_leaves=8,
)  # fmt: skip


@given(_JSON)
def test_no_event_breaks_the_door(event: object) -> None:
    with suppress(InvalidRequestError):
        assert parse_request(event).file_id
