"""Upserts as pyairtable sends them."""

from __future__ import annotations

from typing import Any

import pytest

NO_RECORD = "rec" + "0" * 14


def test_row_is_returned_as_it_was_written(airtable: Any) -> None:
    fields = {
        "Video ID": "a-1",
        "Notes": "two\nlines",
        "Size (MB)": 12.25,
        "Link": "https://example.com/v",
        "Status": "Processing",
        "Started": "2026-11-22T14:00:00.000Z",
        "Duration": 61.5,
    }

    (record,) = airtable.upsert(fields)["records"]

    assert record["fields"] == fields
    assert record["id"].startswith("rec")
    assert len(record["id"]) == 17
    assert airtable.rows() == [fields]


def test_creates_then_updates_and_keeps_fields_that_are_not_named(airtable: Any) -> None:
    first = airtable.upsert({"Video ID": "a", "Notes": "n"}, {"Video ID": "b"})
    second = airtable.upsert({"Video ID": "b", "Status": "Completed"}, {"Video ID": "c"})

    ids = [record["id"] for record in first["records"]]
    assert (first["createdRecords"], first["updatedRecords"]) == (ids, [])
    assert second["updatedRecords"] == [ids[1]]
    assert second["createdRecords"] == [second["records"][1]["id"]]
    assert airtable.rows() == [
        {"Video ID": "a", "Notes": "n"},
        {"Video ID": "b", "Status": "Completed"},
        {"Video ID": "c"},
    ]


def test_empty_values_clear_cells(airtable: Any) -> None:
    airtable.upsert({"Video ID": "a", "Notes": "n", "Size (MB)": 1, "Started": "2026-11-22T14:00:00Z"})
    airtable.upsert({"Video ID": "a", "Notes": "", "Size (MB)": None, "Started": ""})

    assert airtable.rows() == [{"Video ID": "a"}]


def test_merges_on_several_fields(airtable: Any) -> None:
    keys = ["Video ID", "Size (MB)"]
    for size in (1, 2):
        airtable.videos.batch_upsert([{"fields": {"Video ID": "a", "Size (MB)": size}}], key_fields=keys)
    airtable.videos.batch_upsert([{"fields": {"Video ID": "a", "Size (MB)": 2, "Notes": "second"}}], key_fields=keys)

    assert [row.get("Notes") for row in airtable.rows()] == [None, "second"]


def test_several_matches_fail_and_change_nothing(airtable: Any, rejected: Any) -> None:
    airtable.upsert({"Video ID": "a", "Notes": "same"}, {"Video ID": "b", "Notes": "same"})

    rows = [{"Video ID": "c", "Notes": "new"}, {"Video ID": "a", "Notes": "same"}]
    status, _, message = rejected(lambda: airtable.upsert(*rows, key="Notes"))

    assert status == 422
    assert "2 records match" in message
    assert len(airtable.rows()) == 2


def test_time_is_returned_in_utc(airtable: Any) -> None:
    airtable.upsert({"Video ID": "a", "Started": "2026-11-22T15:30:00+01:00"})

    assert airtable.rows()[0]["Started"] == "2026-11-22T14:30:00.000Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Notes", 7),
        ("Notes", ["x"]),
        ("Notes", "x" * 100_001),
        ("Size (MB)", "12"),
        ("Size (MB)", True),
        ("Link", 1),
        ("Started", "yesterday"),
        ("Started", 1_700_000_000),
        ("Duration", "1:00"),
        ("Status", 3),
    ],
)
def test_rejects_values_of_another_type(airtable: Any, rejected: Any, field: str, value: Any) -> None:
    status, kind, message = rejected(lambda: airtable.upsert({"Video ID": "a", field: value}))

    assert (status, kind) == (422, "INVALID_VALUE_FOR_COLUMN")
    assert message == f'Field "{field}" cannot accept the provided value'
    assert airtable.rows() == []


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("Notes", 7, "7"),
        ("Size (MB)", "1,200.5", 1200.5),
        ("Duration", "1:02:03", 3723),
        ("Status", "completed", "Completed"),
        ("Status", "Waiting", "Waiting"),
    ],
)
def test_typecast_converts_strings(airtable: Any, field: str, value: Any, stored: Any) -> None:
    airtable.upsert({"Video ID": "a", field: value}, typecast=True)

    assert airtable.rows() == [{"Video ID": "a", field: stored}]


def test_typecast_does_not_guess_dates(airtable: Any, rejected: Any) -> None:
    call = lambda: airtable.upsert({"Video ID": "a", "Started": "yesterday"}, typecast=True)  # noqa: E731

    assert rejected(call)[:2] == (501, "NOT_IMPLEMENTED")


def test_only_typecast_adds_a_choice(airtable: Any, rejected: Any) -> None:
    row = {"Video ID": "a", "Status": "Waiting"}
    status, kind, message = rejected(lambda: airtable.upsert(row))
    airtable.upsert(row, typecast=True)

    assert (status, kind) == (422, "INVALID_MULTIPLE_CHOICE_OPTIONS")
    assert message == 'Insufficient permissions to create new select option ""Waiting""'
    options = airtable.videos.schema().field("Status").options
    assert [choice.name for choice in options.choices] == ["Processing", "Completed", "Waiting"]


def test_names_an_unknown_field(airtable: Any, rejected: Any) -> None:
    assert rejected(lambda: airtable.upsert({"Video ID": "a", "Titel": "x"})) == (
        422,
        "UNKNOWN_FIELD_NAME",
        'Unknown field name: "Titel"',
    )


def upsert_body(*records: Any, key: str = "Video ID", **more: Any) -> dict[str, Any]:
    return {"records": list(records), "performUpsert": {"fieldsToMergeOn": [key]}, **more}


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (upsert_body(*[{"fields": {"Video ID": "a"}}] * 11), 422, "INVALID_RECORDS"),
        (upsert_body(), 422, "INVALID_RECORDS"),
        (upsert_body({"cells": {}}), 422, "INVALID_RECORDS"),
        (upsert_body({}), 422, "INVALID_REQUEST_MISSING_FIELDS"),
        (upsert_body({"fields": {"Video ID": "a"}}, typeCast=True), 422, "INVALID_REQUEST_UNKNOWN"),
        (upsert_body({"fields": {"Video ID": "a"}}, typecast="yes"), 422, "INVALID_REQUEST_UNKNOWN"),
        (upsert_body({"fields": {"Link": "a"}}, key="Link"), 422, "INVALID_REQUEST_UNKNOWN"),
        (upsert_body({"fields": {"Notes": "x"}}), 422, "INVALID_REQUEST_UNKNOWN"),
        (upsert_body(*[{"fields": {"Video ID": "a"}}] * 2), 422, "INVALID_REQUEST_UNKNOWN"),
        ({**upsert_body({"fields": {}}), "performUpsert": {"fieldsToMergeOn": []}}, 422, "INVALID_REQUEST_UNKNOWN"),
        ({"records": [{"id": NO_RECORD, "fields": {}}]}, 501, "NOT_IMPLEMENTED"),
        (upsert_body({"id": NO_RECORD, "fields": {}}), 501, "NOT_IMPLEMENTED"),
        (upsert_body({"fields": {"Video ID": "a"}}, returnFieldsByFieldId=True), 501, "NOT_IMPLEMENTED"),
    ],
)
def test_rejects_requests(airtable: Any, body: dict[str, Any], status: int, kind: str) -> None:
    response = airtable.request("PATCH", f"{airtable.base}/Videos", json=body)

    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)
    assert airtable.rows() == []


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"records": [{"fields": {"Size (MB)": NaN}}]}'])
def test_rejects_a_body_that_is_not_json(airtable: Any, content: bytes) -> None:
    response = airtable.request("PATCH", f"{airtable.base}/Videos", data=content)

    assert (response.status_code, response.json()["error"]["type"]) == (422, "INVALID_REQUEST_BODY")
