"""Tables and fields through the schema API, permissions, and what is not implemented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.airtable.app import OPERATIONS
from localcloud.client import ConsoleError


def test_creates_a_table_with_its_fields(airtable: Any) -> None:
    fields = [
        {"name": "Key", "type": "singleLineText"},
        {"name": "Ratio", "type": "number", "options": {"precision": 1}},
        {"name": "Status", "type": "singleSelect", "options": {"choices": [{"name": "A"}]}},
    ]

    table = airtable.api().base(airtable.base).create_table("Jobs", fields)

    schema = table.schema()
    assert [field.name for field in schema.fields] == ["Key", "Ratio", "Status"]
    assert schema.primary_field_id == schema.field("Key").id
    assert schema.field("Ratio").options.precision == 1
    assert schema.field("Status").options.choices[0].name == "A"
    assert [table.name for table in airtable.api().base(airtable.base).tables()] == ["Videos", "Jobs"]


def test_creates_a_field(airtable: Any) -> None:
    added = airtable.videos.create_field("Codec", "singleLineText")

    assert airtable.videos.schema(force=True).field("Codec").id == added.id
    airtable.upsert({"Video ID": "a", "Codec": "h264"})
    assert airtable.rows() == [{"Video ID": "a", "Codec": "h264"}]


@pytest.mark.parametrize("kind", ["formula", "rollup", "count", "autoNumber", "createdTime", "lastModifiedTime"])
def test_rejects_computed_fields(airtable: Any, rejected: Any, kind: str) -> None:
    status, error, message = rejected(lambda: airtable.videos.create_field("Computed", kind))

    assert (status, error) == (422, "UNSUPPORTED_FIELD_TYPE_FOR_CREATE")
    assert f"Creating {kind} fields is not supported at this time" in message


TIME = {"timeZone": "utc", "dateFormat": {"name": "iso"}, "timeFormat": {"name": "24hour"}}
WRONG_OPTIONS: list[dict[str, Any]] = [
    {"type": "number"},
    {"type": "number", "options": {"precision": 9}},
    {"type": "singleLineText", "options": {"a": 1}},
    {"type": "singleSelect"},
    {"type": "singleSelect", "options": {"choices": [{"name": "A"}, {"name": "A"}]}},
    {"type": "duration", "options": {"durationFormat": "s"}},
    {"type": "dateTime", "options": {**TIME, "timeZone": "Mars"}},
    {"type": "dateTime", "options": {**TIME, "dateFormat": {"name": "iso", "format": "LL"}}},
]


@pytest.mark.parametrize(
    ("field", "error"),
    [
        *(({"name": "n", **field}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE") for field in WRONG_OPTIONS),
        ({"name": "Notes", "type": "singleLineText"}, "DUPLICATE_OR_EMPTY_FIELD_NAME"),
        ({"name": "n", "type": "text"}, "INVALID_FIELD_TYPE_FOR_CREATE"),
        ({"name": "", "type": "singleLineText"}, "INVALID_REQUEST_UNKNOWN"),
        ({"name": "n", "type": "singleLineText", "colour": "red"}, "INVALID_REQUEST_UNKNOWN"),
    ],
)
def test_rejects_invalid_fields(airtable: Any, field: dict[str, Any], error: str) -> None:
    response = airtable.request("POST", f"meta/bases/{airtable.base}/tables/Videos/fields", json=field)

    assert (response.status_code, response.json()["error"]["type"]) == (422, error)


def test_rejects_invalid_tables(airtable: Any, rejected: Any) -> None:
    create = airtable.api().base(airtable.base).create_table
    text = {"name": "Key", "type": "singleLineText"}
    select = {"name": "Select", "type": "singleSelect", "options": {"choices": [{"name": "A"}]}}

    assert rejected(lambda: create("videos", [text]))[1] == "DUPLICATE_TABLE_NAME"
    assert rejected(lambda: create("New", []))[1] == "INVALID_REQUEST_UNKNOWN"
    assert rejected(lambda: create("New", [text, text]))[1] == "DUPLICATE_OR_EMPTY_FIELD_NAME"
    assert "cannot be primary" in rejected(lambda: create("New", [select]))[2]
    assert [table.name for table in airtable.api().base(airtable.base).tables()] == ["Videos"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda airtable: airtable.videos.all(), "list records"),
        (lambda airtable: airtable.videos.get("rec" + "0" * 14), "get record"),
        (lambda airtable: airtable.videos.create({}), "create records"),
        (lambda airtable: airtable.videos.update("rec" + "0" * 14, {}), "update record"),
        (lambda airtable: airtable.videos.batch_delete(["rec" + "0" * 14]), "delete multiple records"),
        (lambda airtable: airtable.api().whoami(), "get user id and scopes"),
        (lambda airtable: airtable.videos.create_field("Rating", "rating"), "fields of type rating"),
        (lambda airtable: airtable.videos.create_field("New", "url", description="x"), "descriptions"),
    ],
)
def test_names_what_is_not_implemented(airtable: Any, rejected: Any, call: Callable[[Any], Any], name: str) -> None:
    status, kind, message = rejected(lambda: call(airtable))

    assert (status, kind) == (501, "NOT_IMPLEMENTED")
    assert name in message


def test_every_operation_requires_its_scope(airtable: Any, rejected: Any) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "schema.bases:read": lambda base: base.schema(),
        "schema.bases:write": lambda base: base.create_table("New", [{"name": "K", "type": "url"}]),
        "data.records:write": lambda base: base.table("Videos").batch_upsert([{"fields": {"K": 1}}], key_fields=["K"]),
    }
    assert {operation.scope for operation in OPERATIONS.values()} == calls.keys()
    for scope, call in calls.items():
        others = [each for each in (*calls, "data.records:read") if each != scope]
        base = airtable.api(airtable.console.token([airtable.base], scopes=others)).base(airtable.base)
        assert rejected(lambda base=base, call=call: call(base))[:2] == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")


def test_rejects_unknown_bases_tables_and_tokens(airtable: Any, rejected: Any) -> None:
    other, revoked = airtable.console.base("Elsewhere"), airtable.console.token([airtable.base])
    airtable.console.revoke(revoked)

    def upsert(base: str, table: str, token: str | None = None) -> Any:
        return rejected(
            lambda: airtable.api(token).table(base, table).batch_upsert([{"fields": {"K": "x"}}], key_fields=["K"])
        )

    assert upsert(other, "Videos")[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    assert upsert(airtable.base, "Nothing")[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    assert upsert(airtable.base, "Videos", revoked)[:2] == (401, "UNAUTHORIZED")


def test_rejects_a_missing_token_and_an_unknown_path(airtable: Any) -> None:
    anonymous = requests.get(f"{airtable.url}/v0/{airtable.base}/Videos", timeout=10)
    unknown = requests.get(f"{airtable.url}/v1/x", headers={"Authorization": f"Bearer {airtable.token}"}, timeout=10)

    assert (anonymous.status_code, anonymous.json()["error"]["type"]) == (401, "AUTHENTICATION_REQUIRED")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "NOT_FOUND"})


@pytest.mark.parametrize(
    "call",
    [
        lambda airtable: airtable.console.token([airtable.base], scopes=["everything"]),
        lambda airtable: airtable.console.token(["appNowhere"]),
        lambda airtable: airtable.console.revoke("patNone"),
        lambda airtable: airtable.console.records(airtable.base, "Nothing"),
        lambda airtable: airtable.console.set_limits(perTable=1),
    ],
)
def test_console_rejects_invalid_calls(airtable: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ConsoleError, match=r"400|404"):
        call(airtable)
