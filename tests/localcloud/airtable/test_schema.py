"""Tables and fields through the schema API, permissions, and what is not implemented."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.airtable.app import OPERATIONS
from localcloud.client import ConsoleError


def test_creates_a_table_with_its_fields(desk: Any) -> None:
    fields = [
        {"name": "Key", "type": "singleLineText"},
        {"name": "Ratio", "type": "number", "options": {"precision": 1}},
        {"name": "Status", "type": "singleSelect", "options": {"choices": [{"name": "A"}]}},
    ]

    table = desk.api().base(desk.base).create_table("Jobs", fields)

    schema = table.schema()
    assert [field.name for field in schema.fields] == ["Key", "Ratio", "Status"]
    assert schema.primary_field_id == schema.field("Key").id
    assert schema.field("Ratio").options.precision == 1
    assert schema.field("Status").options.choices[0].name == "A"
    assert [table.name for table in desk.api().base(desk.base).tables()] == ["Videos", "Jobs"]


def test_creates_a_field(desk: Any) -> None:
    added = desk.videos.create_field("Codec", "singleLineText")

    assert desk.videos.schema(force=True).field("Codec").id == added.id
    desk.upsert({"Video ID": "a", "Codec": "h264"})
    assert desk.rows() == [{"Video ID": "a", "Codec": "h264"}]


@pytest.mark.parametrize("kind", ["formula", "rollup", "count", "autoNumber", "createdTime", "lastModifiedTime"])
def test_rejects_computed_fields(desk: Any, rejected: Any, kind: str) -> None:
    status, error, message = rejected(lambda: desk.videos.create_field("Computed", kind))

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
def test_rejects_invalid_fields(desk: Any, field: dict[str, Any], error: str) -> None:
    response = desk.request("POST", f"meta/bases/{desk.base}/tables/Videos/fields", json=field)

    assert (response.status_code, response.json()["error"]["type"]) == (422, error)


def test_rejects_invalid_tables(desk: Any, rejected: Any) -> None:
    create = desk.api().base(desk.base).create_table
    text = {"name": "Key", "type": "singleLineText"}
    select = {"name": "Select", "type": "singleSelect", "options": {"choices": [{"name": "A"}]}}

    assert rejected(lambda: create("videos", [text]))[1] == "DUPLICATE_TABLE_NAME"
    assert rejected(lambda: create("New", []))[1] == "INVALID_REQUEST_UNKNOWN"
    assert rejected(lambda: create("New", [text, text]))[1] == "DUPLICATE_OR_EMPTY_FIELD_NAME"
    assert "cannot be primary" in rejected(lambda: create("New", [select]))[2]
    assert [table.name for table in desk.api().base(desk.base).tables()] == ["Videos"]


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda desk: desk.videos.all(), "list records"),
        (lambda desk: desk.videos.get("rec" + "0" * 14), "get record"),
        (lambda desk: desk.videos.create({}), "create records"),
        (lambda desk: desk.videos.update("rec" + "0" * 14, {}), "update record"),
        (lambda desk: desk.videos.batch_delete(["rec" + "0" * 14]), "delete multiple records"),
        (lambda desk: desk.api().whoami(), "get user id and scopes"),
        (lambda desk: desk.videos.create_field("Rating", "rating"), "fields of type rating"),
        (lambda desk: desk.videos.create_field("New", "url", description="x"), "descriptions"),
    ],
)
def test_names_what_is_not_implemented(desk: Any, rejected: Any, call: Callable[[Any], Any], name: str) -> None:
    status, kind, message = rejected(lambda: call(desk))

    assert (status, kind) == (501, "NOT_IMPLEMENTED")
    assert name in message


def test_every_operation_requires_its_scope(desk: Any, rejected: Any) -> None:
    calls: dict[str, Callable[[Any], Any]] = {
        "schema.bases:read": lambda base: base.schema(),
        "schema.bases:write": lambda base: base.create_table("New", [{"name": "K", "type": "url"}]),
        "data.records:write": lambda base: base.table("Videos").batch_upsert([{"fields": {"K": 1}}], key_fields=["K"]),
    }
    assert {operation.scope for operation in OPERATIONS.values()} == calls.keys()
    for scope, call in calls.items():
        others = [each for each in (*calls, "data.records:read") if each != scope]
        base = desk.api(desk.console.token([desk.base], scopes=others)).base(desk.base)
        assert rejected(lambda base=base, call=call: call(base))[:2] == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND")


def test_rejects_unknown_bases_tables_and_tokens(desk: Any, rejected: Any) -> None:
    other, revoked = desk.console.base("Elsewhere"), desk.console.token([desk.base])
    desk.console.revoke(revoked)

    def upsert(base: str, table: str, token: str | None = None) -> Any:
        return rejected(
            lambda: desk.api(token).table(base, table).batch_upsert([{"fields": {"K": "x"}}], key_fields=["K"])
        )

    assert upsert(other, "Videos")[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    assert upsert(desk.base, "Nothing")[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    assert upsert(desk.base, "Videos", revoked)[:2] == (401, "UNAUTHORIZED")


def test_rejects_a_missing_token_and_an_unknown_path(desk: Any) -> None:
    anonymous = requests.get(f"{desk.url}/v0/{desk.base}/Videos", timeout=10)
    unknown = requests.get(f"{desk.url}/v1/x", headers={"Authorization": f"Bearer {desk.token}"}, timeout=10)

    assert (anonymous.status_code, anonymous.json()["error"]["type"]) == (401, "AUTHENTICATION_REQUIRED")
    assert (unknown.status_code, unknown.json()) == (404, {"error": "NOT_FOUND"})


@pytest.mark.parametrize(
    "call",
    [
        lambda desk: desk.console.token([desk.base], scopes=["everything"]),
        lambda desk: desk.console.token(["appNowhere"]),
        lambda desk: desk.console.revoke("patNone"),
        lambda desk: desk.console.records(desk.base, "Nothing"),
        lambda desk: desk.console.set_limits(perTable=1),
    ],
)
def test_console_rejects_invalid_calls(desk: Any, call: Callable[[Any], Any]) -> None:
    with pytest.raises(ConsoleError, match=r"400|404"):
        call(desk)
