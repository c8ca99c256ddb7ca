"""Tables and fields through the schema API, and who may use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.calls import ConsoleError


def test_a_table_is_made_with_its_fields(desk: Any) -> None:
    fields = [
        {"name": "Key", "type": "singleLineText", "description": "ours"},
        {"name": "Ratio", "type": "number", "options": {"precision": 1}},
        {"name": "Status", "type": "singleSelect", "options": {"choices": [{"name": "A", "color": "redBright"}]}},
    ]

    table = desk.api().base(desk.base).create_table("Jobs", fields, description="what ran")

    schema = table.schema()
    assert [field.name for field in schema.fields] == ["Key", "Ratio", "Status"]
    assert schema.primary_field_id == schema.field("Key").id
    assert schema.field("Ratio").options.precision == 1
    assert schema.field("Status").options.choices[0].color == "redBright"
    assert [table.name for table in desk.api().base(desk.base).tables()] == ["Videos", "Jobs"]


def test_a_field_is_added_and_renamed(desk: Any) -> None:
    added = desk.videos.create_field("Codec", "singleLineText", description="of the output")
    added.name = "Video codec"
    added.save()

    schema = desk.videos.schema(force=True)
    assert schema.field("Video codec").id == added.id
    assert desk.videos.create({"Video codec": "h264"})["fields"] == {"Video codec": "h264"}


def test_a_table_is_renamed(desk: Any) -> None:
    schema = desk.videos.schema()
    schema.name = "Processed"
    schema.save()

    assert desk.api().table(desk.base, "Processed").all() == []


@pytest.mark.parametrize("kind", ["formula", "rollup", "count", "autoNumber", "createdTime", "lastModifiedTime"])
def test_computed_fields_cannot_be_created(desk: Any, refusal: Any, kind: str) -> None:
    status, error, message = refusal(lambda: desk.videos.create_field("Computed", kind))

    assert (status, error) == (422, "UNSUPPORTED_FIELD_TYPE_FOR_CREATE")
    assert f"Creating {kind} fields is not supported at this time" in message


@pytest.mark.parametrize(
    ("field", "error"),
    [
        ({"name": "Notes", "type": "singleLineText"}, "DUPLICATE_OR_EMPTY_FIELD_NAME"),
        ({"name": "n", "type": "number"}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "number", "options": {"precision": 9}}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "singleLineText", "options": {"a": 1}}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "singleSelect"}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "duration", "options": {"durationFormat": "s"}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "dateTime", "options": {"timeZone": "Mars", "dateFormat": {"name": "iso"},
          "timeFormat": {"name": "24hour"}}}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "checkbox", "options": {"icon": "check", "color": "green"}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "n", "type": "text"}, "INVALID_FIELD_TYPE_FOR_CREATE"),
        ({"name": "", "type": "singleLineText"}, "INVALID_REQUEST_UNKNOWN"),
        ({"name": "n", "type": "singleLineText", "colour": "red"}, "INVALID_REQUEST_UNKNOWN"),
    ],
)  # fmt: skip
def test_fields_that_are_refused(desk: Any, field: dict[str, Any], error: str) -> None:
    table = desk.videos.schema().id
    answer = requests.post(
        f"{desk.url}/v0/meta/bases/{desk.base}/tables/{table}/fields",
        json=field,
        headers={"Authorization": f"Bearer {desk.token}"},
        timeout=10,
    )

    assert (answer.status_code, answer.json()["error"]["type"]) == (422, error)


def test_types_that_only_this_stand_in_lacks_say_so(desk: Any, refusal: Any) -> None:
    status, _, message = refusal(lambda: desk.videos.create_field("Rating", "rating"))

    assert status == 501
    assert "fields of type rating" in message


def test_tables_that_are_refused(desk: Any, refusal: Any) -> None:
    base = desk.api().base(desk.base)
    text = {"name": "Key", "type": "singleLineText"}
    box = {"name": "Box", "type": "checkbox", "options": {"icon": "check", "color": "redBright"}}

    assert refusal(lambda: base.create_table("videos", [text]))[1] == "DUPLICATE_TABLE_NAME"
    assert refusal(lambda: base.create_table("New", []))[1] == "INVALID_REQUEST_UNKNOWN"
    assert refusal(lambda: base.create_table("New", [text, text]))[1] == "DUPLICATE_OR_EMPTY_FIELD_NAME"
    assert "cannot be primary" in refusal(lambda: base.create_table("New", [box]))[2]


def test_a_token_sees_its_own_bases(desk: Any) -> None:
    other = desk.console.base("Elsewhere")

    assert [base.id for base in desk.api().bases()] == [desk.base]
    assert {base.id for base in desk.api(desk.console.token([desk.base, other])).bases()} == {desk.base, other}
    assert desk.api().whoami()["id"].startswith("usr")


def test_who_may_not(desk: Any, refusal: Any) -> None:
    other = desk.console.base("Elsewhere", [{"name": "Videos", "fields": [{"name": "K", "type": "singleLineText"}]}])
    reader = desk.api(desk.console.token([desk.base], scopes=["data.records:read"]))
    revoked = desk.console.token([desk.base])
    desk.console.revoke(revoked)
    forbidden = (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")

    assert reader.table(desk.base, "Videos").all() == []
    assert refusal(lambda: reader.table(desk.base, "Videos").create({"Notes": "x"}))[:2] == forbidden
    assert refusal(lambda: reader.base(desk.base).schema())[:2] == forbidden
    assert refusal(lambda: desk.api().table(other, "Videos").all())[:2] == forbidden
    assert refusal(lambda: desk.api().table(desk.base, "Nothing").all())[:2] == forbidden
    assert refusal(lambda: desk.api(revoked).table(desk.base, "Videos").all())[:2] == (401, "UNAUTHORIZED")


def test_without_a_token_and_off_the_map(desk: Any) -> None:
    nobody = requests.get(f"{desk.url}/v0/{desk.base}/Videos", timeout=10)
    nowhere = requests.get(f"{desk.url}/v1/x", headers={"Authorization": f"Bearer {desk.token}"}, timeout=10)

    assert (nobody.status_code, nobody.json()["error"]["type"]) == (401, "AUTHENTICATION_REQUIRED")
    assert (nowhere.status_code, nowhere.json()) == (404, {"error": "NOT_FOUND"})


def test_the_console_refuses_what_makes_no_sense(desk: Any) -> None:
    senseless: tuple[Callable[[], object], ...] = (
        lambda: desk.console.base(""),
        lambda: desk.console.base("B", [{"name": "T", "fields": [{"name": "F", "type": "formula"}]}]),
        lambda: desk.console.token([desk.base], scopes=["everything"]),
        lambda: desk.console.token(["appNowhere"]),
        lambda: desk.console.records(desk.base, "Nothing"),
        lambda: desk.console.fault(status=200),
    )

    for call in senseless:
        with pytest.raises(ConsoleError) as refused:
            call()
        assert refused.value.status in (400, 404)
