"""Records as pyairtable writes and reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from pyairtable.formulas import AND, EQ, LT, NOT, OR, Field, match

NOBODY = "rec" + "0" * 14


def test_a_row_comes_back_as_it_was_written(desk: Any) -> None:
    fields = {
        "Video ID": "a-1",
        "Notes": "two\nlines",
        "Size (MB)": 12.25,
        "Link": "https://example.com/v",
        "Uploader": "anna@example.com",
        "Status": "Processing",
        "Started": "2026-11-22T14:00:00.000Z",
        "Uploaded": "2026-11-22",
        "Duration": 61.5,
        "Kept": True,
    }

    made = desk.videos.create(fields)

    assert made["fields"] == fields
    assert made["id"].startswith("rec")
    assert len(made["id"]) == 17
    assert desk.videos.get(made["id"]) == made


def test_empty_cells_are_left_out(desk: Any) -> None:
    made = desk.videos.create({"Video ID": "a", "Notes": "", "Size (MB)": None, "Kept": False, "Frames": []})

    assert made["fields"] == {"Video ID": "a"}


def test_an_attachment_is_kept_by_its_address(desk: Any) -> None:
    made = desk.videos.create({"Frames": [{"url": "https://example.com/a/before.png?x=1"}]})
    [first] = made["fields"]["Frames"]

    changed = desk.videos.update(
        made["id"], {"Frames": [{"id": first["id"]}, {"url": "https://example.com/z", "filename": "after.png"}]}
    )

    assert first["filename"] == "before.png"
    assert [frame["filename"] for frame in changed["fields"]["Frames"]] == ["before.png", "after.png"]


def test_a_time_is_answered_in_utc(desk: Any) -> None:
    made = desk.videos.create({"Started": "2026-11-22T15:30:00+01:00"})

    assert made["fields"]["Started"] == "2026-11-22T14:30:00.000Z"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Video ID", 7),
        ("Notes", ["x"]),
        ("Notes", "x" * 100_001),
        ("Size (MB)", "12"),
        ("Size (MB)", True),
        ("Link", 1),
        ("Started", "yesterday"),
        ("Started", 1_700_000_000),
        ("Uploaded", "22.11.2026"),
        ("Duration", "1:00"),
        ("Kept", "true"),
        ("Frames", "https://example.com/x.png"),
        ("Status", 3),
    ],
)
def test_values_of_another_type_are_refused(desk: Any, refusal: Any, field: str, value: Any) -> None:
    status, kind, message = refusal(lambda: desk.videos.create({field: value}))

    assert (status, kind) == (422, "INVALID_VALUE_FOR_COLUMN")
    assert message == f'Field "{field}" cannot accept the provided value'
    assert desk.rows() == []


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("Video ID", 7, "7"),
        ("Size (MB)", "1,200.5", 1200.5),
        ("Duration", "1:02:03", 3723),
        ("Kept", "true", True),
        ("Status", "completed", "Completed"),
        ("Status", "Waiting", "Waiting"),
    ],
)
def test_typecast_makes_the_best_of_a_string(desk: Any, field: str, value: Any, stored: Any) -> None:
    assert desk.videos.create({field: value}, typecast=True)["fields"] == {field: stored}


def test_a_new_choice_needs_typecast(desk: Any, refusal: Any) -> None:
    status, kind, message = refusal(lambda: desk.videos.create({"Status": "Waiting"}))
    desk.videos.create({"Status": "Waiting"}, typecast=True)

    assert (status, kind) == (422, "INVALID_MULTIPLE_CHOICE_OPTIONS")
    assert message == 'Insufficient permissions to create new select option ""Waiting""'
    options = desk.videos.schema().field("Status").options
    assert [choice.name for choice in options.choices] == ["Processing", "Completed", "Waiting"]


def test_an_unknown_field_is_named(desk: Any, refusal: Any) -> None:
    assert refusal(lambda: desk.videos.create({"Titel": "x"})) == (
        422,
        "UNKNOWN_FIELD_NAME",
        'Unknown field name: "Titel"',
    )


def test_patch_keeps_and_put_clears(desk: Any) -> None:
    made = desk.videos.create({"Video ID": "a", "Notes": "n", "Size (MB)": 1})

    patched = desk.videos.update(made["id"], {"Size (MB)": 2})
    put = desk.videos.update(made["id"], {"Video ID": "b"}, replace=True)

    assert patched["fields"] == {"Video ID": "a", "Notes": "n", "Size (MB)": 2}
    assert put["fields"] == {"Video ID": "b"}


def test_a_batch_is_all_or_nothing(desk: Any, refusal: Any) -> None:
    status, kind, _ = refusal(lambda: desk.videos.batch_create([{"Video ID": "a"}, {"Video ID": "b", "Kept": "no"}]))

    assert (status, kind) == (422, "INVALID_VALUE_FOR_COLUMN")
    assert desk.rows() == []


def test_pyairtable_cuts_batches_into_tens(desk: Any) -> None:
    desk.console.clear_requests()

    made = desk.videos.batch_create([{"Video ID": str(number)} for number in range(23)])
    desk.videos.batch_update([{"id": record["id"], "fields": {"Kept": True}} for record in made])
    desk.videos.batch_delete([record["id"] for record in made[:12]])

    assert [row["Video ID"] for row in desk.rows()] == [str(number) for number in range(12, 23)]
    operations = [entry["operation"] for entry in desk.console.requests(base=desk.base)]
    assert operations == ["create"] * 3 + ["update_many"] * 3 + ["delete_many"] * 2


def _raw(desk: Any, method: str, path: str = "", **options: Any) -> requests.Response:
    url = f"{desk.url}/v0/{desk.base}/Videos{path}"
    headers = {"Authorization": f"Bearer {desk.token}"}
    return requests.request(method, url, headers=headers, timeout=10, **options)


@pytest.mark.parametrize(
    ("method", "body", "kind"),
    [
        ("POST", {"records": [{"fields": {}}] * 11}, "INVALID_RECORDS"),
        ("POST", {"records": []}, "INVALID_RECORDS"),
        ("POST", {"records": [{"id": NOBODY, "fields": {}}]}, "INVALID_RECORDS"),
        ("POST", {}, "INVALID_REQUEST_MISSING_FIELDS"),
        ("POST", {"fields": {}, "typeCast": True}, "INVALID_REQUEST_UNKNOWN"),
        ("PATCH", {"records": [{"id": NOBODY, "fields": {}}]}, "ROW_DOES_NOT_EXIST"),
        ("PATCH", {"records": [{"fields": {}}], "performUpsert": {"fieldsToMergeOn": []}}, "INVALID_REQUEST_UNKNOWN"),
        (
            "PATCH",
            {"records": [{"fields": {}}], "performUpsert": {"fieldsToMergeOn": ["Kept"]}},
            "INVALID_REQUEST_UNKNOWN",
        ),
        (
            "PATCH",
            {"records": [{"fields": {"Notes": "x"}}], "performUpsert": {"fieldsToMergeOn": ["Video ID"]}},
            "INVALID_REQUEST_UNKNOWN",
        ),
    ],
)
def test_requests_that_are_refused(desk: Any, method: str, body: dict[str, Any], kind: str) -> None:
    answer = _raw(desk, method, json=body)

    assert (answer.status_code, answer.json()["error"]["type"]) == (422, kind)


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"fields": {"Size (MB)": NaN}}'])
def test_a_body_that_is_no_json_is_refused(desk: Any, content: bytes) -> None:
    answer = _raw(desk, "POST", data=content)

    assert (answer.status_code, answer.json()["error"]["type"]) == (422, "INVALID_REQUEST_BODY")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_record_that_is_not_there(desk: Any, method: str) -> None:
    answer = _raw(desk, method, "/" + NOBODY, **({"json": {"fields": {}}} if method == "PATCH" else {}))

    assert (answer.status_code, answer.json()) == (404, {"error": "NOT_FOUND"})


def test_upsert_creates_then_updates(desk: Any) -> None:
    first = desk.videos.batch_upsert(
        [{"fields": {"Video ID": "a", "Notes": "n"}}, {"fields": {"Video ID": "b"}}], key_fields=["Video ID"]
    )
    second = desk.videos.batch_upsert(
        [{"fields": {"Video ID": "b", "Status": "Completed"}}, {"fields": {"Video ID": "c"}}],
        key_fields=["Video ID"],
    )

    ids = [record["id"] for record in first["records"]]
    assert (first["createdRecords"], first["updatedRecords"]) == (ids, [])
    assert second["updatedRecords"] == [ids[1]]
    assert second["createdRecords"] == [second["records"][1]["id"]]
    assert desk.rows() == [
        {"Video ID": "a", "Notes": "n"},
        {"Video ID": "b", "Status": "Completed"},
        {"Video ID": "c"},
    ]


def test_upsert_by_several_fields_and_by_id(desk: Any) -> None:
    made = desk.videos.batch_create([{"Video ID": "a", "Size (MB)": 1}, {"Video ID": "a", "Size (MB)": 2}])

    desk.videos.batch_upsert(
        [
            {"fields": {"Video ID": "a", "Size (MB)": 2, "Notes": "second"}},
            {"id": made[0]["id"], "fields": {"Notes": "first"}},
        ],
        key_fields=["Video ID", "Size (MB)"],
    )

    assert [row["Notes"] for row in desk.rows()] == ["first", "second"]


def test_upsert_with_several_matches_fails_and_changes_nothing(desk: Any, refusal: Any) -> None:
    desk.videos.batch_create([{"Video ID": "a"}, {"Video ID": "a"}])

    status, _, message = refusal(
        lambda: desk.videos.batch_upsert(
            [{"fields": {"Video ID": "new"}}, {"fields": {"Video ID": "a"}}], key_fields=["Video ID"]
        )
    )

    assert status == 422
    assert "2 records match" in message
    assert len(desk.rows()) == 2


def test_listing_goes_page_by_page(desk: Any) -> None:
    desk.videos.batch_create([{"Video ID": f"{number:03d}"} for number in range(120)])
    desk.console.clear_requests()

    everything = desk.videos.all(page_size=50)
    some = desk.videos.all(max_records=7, fields=["Video ID"], sort=["-Video ID"])

    assert [record["fields"]["Video ID"] for record in everything] == [f"{number:03d}" for number in range(120)]
    assert [record["fields"]["Video ID"] for record in some] == [f"{number:03d}" for number in range(119, 112, -1)]
    assert len(desk.console.requests(base=desk.base, operation="list")) == 4


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        (match({"Video ID": "a"}), ["a"]),
        (match({"Video ID": "it's \"b\""}), ['it\'s "b"']),
        (OR(EQ(Field("Status"), "Completed"), EQ(Field("Size (MB)"), 3)), ["a", "c"]),
        (AND(NOT(EQ(Field("Video ID"), "a")), LT(Field("Size (MB)"), 3)), ['it\'s "b"']),
        ("{Status} = ''", ['it\'s "b"', "c"]),
        ("Status", ["a"]),
        ("{Kept} = TRUE()", ["c"]),
        ('AND({Size (MB)} >= 2, {Size (MB)} != 3, 1)', ['it\'s "b"']),
        ("({Video ID} = 'nothing')", []),
    ],
)  # fmt: skip
def test_formulas(desk: Any, formula: Any, found: list[str]) -> None:
    desk.videos.batch_create(
        [
            {"Video ID": "a", "Size (MB)": 1, "Status": "Completed"},
            {"Video ID": 'it\'s "b"', "Size (MB)": 2},
            {"Video ID": "c", "Size (MB)": 3, "Kept": True},
        ]
    )

    assert [record["fields"]["Video ID"] for record in desk.videos.all(formula=formula)] == found


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("LOWER({Notes}) = 'x'", "the function LOWER"),
        ("{Size (MB)} + 1 = 2", "the operator +"),
        ("{Nothing} = 1", "Unknown field names: nothing"),
        ("{Started} = 'x'", "comparing the field Started"),
        ("AND(", "Invalid formula"),
        ("{Video ID} == 'a'", "Invalid formula"),
        ("'open", "Invalid formula"),
    ],
)
def test_formulas_that_are_refused(desk: Any, refusal: Any, formula: str, words: str) -> None:
    status, kind, message = refusal(lambda: desk.videos.all(formula=formula))

    assert (status, kind) == (422, "INVALID_FILTER_BY_FORMULA")
    assert words in message


def test_record_id_in_a_formula(desk: Any) -> None:
    made = desk.videos.batch_create([{"Video ID": "a"}, {"Video ID": "b"}])

    assert desk.videos.first(formula=f"RECORD_ID() = '{made[1]['id']}'") == made[1]


@pytest.mark.parametrize(
    ("call", "status", "kind"),
    [
        (lambda table: table.all(page_size=101), 422, "INVALID_PAGESIZE_VALUE"),
        (lambda table: table.all(view="Calendar"), 422, "VIEW_NAME_NOT_FOUND"),
        (lambda table: table.all(fields=["Titel"]), 422, "UNKNOWN_FIELD_NAME"),
        (lambda table: table.all(sort=["Titel"]), 422, "UNKNOWN_FIELD_NAME"),
        (lambda table: table.all(offset="itr/rec"), 422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"),
        (lambda table: table.all(cell_format="string"), 501, "NOT_IMPLEMENTED"),
        (lambda table: table.comments(NOBODY), 501, "NOT_IMPLEMENTED"),
    ],
)
def test_lists_that_are_refused(desk: Any, refusal: Any, call: Callable[[Any], Any], status: int, kind: str) -> None:
    assert refusal(lambda: call(desk.videos))[:2] == (status, kind)


def test_a_formula_too_long_for_a_url_is_posted(desk: Any) -> None:
    desk.videos.create({"Video ID": "a"})
    formula = OR(*(EQ(Field("Video ID"), f"{'x' * 60}{number}") for number in range(250)), EQ(Field("Video ID"), "a"))

    found = desk.videos.all(formula=formula, sort=["Video ID"])

    assert [record["fields"]["Video ID"] for record in found] == ["a"]
    assert [entry["operation"] for entry in desk.console.requests(base=desk.base)][-1] == "list_post"


def test_field_ids_go_both_ways(desk: Any) -> None:
    number = desk.videos.schema().field("Video ID").id

    made = desk.videos.create({number: "a"}, use_field_ids=True)

    assert made["fields"] == {number: "a"}
    assert desk.rows() == [{"Video ID": "a"}]
