"""Requests to Google Drive and Airtable are valid by Google's discovery document and by pyairtable's models.

The models of pyairtable follow Airtable's web API reference, the only description of its fields.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest
import requests
from pyairtable.models.schema import FieldType, UnknownFieldSchema, parse_field_schema

from localcloud.airtable.schema import NOT_CREATABLE, TYPES
from localcloud.google_drive import fields
from localcloud.google_drive.discovery import Method, Parameter, drive_v3
from localcloud.process import RunningCloud
from tests.fakes.clock import ManualClock
from vcp.adapters.google.drive import GoogleDrive
from vcp.adapters.google.folder_tree import DriveTree
from vcp.domain.reporting.airtable_rows import TABLE_FIELDS
from vcp.domain.video.record import SourceFile

#: Operation -> the type of its response.
SCHEMAS = {"files.get": "File", "files.list": "FileList", "changes.list": "ChangeList"}


@pytest.fixture
def sent(cloud: RunningCloud, tmp_path: Path) -> list[dict[str, Any]]:
    """Return the requests of the adapters that read one file and scan a folder."""
    console = cloud.console_client.drive
    key = console.service_account(f"contract-{uuid4().hex[:12]}@project.iam.gserviceaccount.com")
    film = tmp_path / "film.mov"
    film.write_bytes(b"film" * 1000)
    folder_id = console.folder("Incoming", owner="anna@example.org", shared_with=[key["client_email"]])["id"]
    file_id = console.drop(film, parent=folder_id)["id"]
    drive = GoogleDrive(lambda *, fresh=False: json.dumps(key), cloud.google, ManualClock())

    facts = drive.facts(file_id)
    source = SourceFile(
        file_id=file_id,
        name=facts.name,
        size_bytes=facts.size_bytes,
        md5=facts.md5,
        web_url=facts.web_url,
        uploader=facts.owner or "unknown",
    )
    assert b"".join(drive.ranges(source).read(0, 4000)) == b"film" * 1000

    shared = console.shared_drive("Films", {"anna@example.org": "organizer", key["client_email"]: "reader"})
    for place in (folder_id, shared):
        scan(DriveTree(drive), place)

    found = [entry for entry in console.requests() if entry["principal"] == key["client_email"]]
    assert {entry["media"] for entry in found} == {False, True}
    assert {entry["operation"] for entry in found} == {"changes.getStartPageToken", "changes.list", *SCHEMAS}
    return [entry for entry in found if entry["method"] == "GET"]


def scan(tree: DriveTree, folder_id: str) -> None:
    """Make the requests of a scan."""
    cursor = tree.cursor(tree.folder(folder_id).drive_id)
    tree.children(folder_id, cursor.drive_id, None)
    tree.changes(cursor)
    tree.parent(folder_id)
    tree.file(folder_id)


def test_every_request_parameter_is_valid(sent: list[dict[str, Any]]) -> None:
    """Neither Google nor the local Drive rejects a parameter of another method; this does."""
    for entry in sent:
        method = drive_v3().methods[entry["operation"]]
        assert list(_wrong(method, entry["query"])) == []
        assert all(parameter in entry["query"] for parameter in _required(method))


def test_every_requested_field_exists(sent: list[dict[str, Any]]) -> None:
    wanted = {
        (SCHEMAS[entry["operation"]], dict(parse_qsl(entry["query"]))["fields"])
        for entry in sent
        if not entry["media"] and entry["operation"] in SCHEMAS
    }
    assert {schema for schema, _ in wanted} == set(SCHEMAS.values())
    for schema, selected in wanted:
        fields.parse(selected, schema)
        with pytest.raises(Exception, match="Invalid field selection"):
            fields.parse(selected + ",owners/emailAdress", schema)


def _required(method: Method) -> Iterator[str]:
    return (each.name for each in method.parameters.values() if each.required and each.location == "query")


def _wrong(method: Method, query: str) -> Iterator[str]:
    for name, text in parse_qsl(query, keep_blank_values=True):
        parameter = method.parameters.get(name)
        if parameter is None or parameter.location != "query":
            yield f"{method.name} has no parameter {name}"
        elif not _takes(parameter, text):
            yield f"{method.name} takes no {name}={text}"


def _takes(parameter: Parameter, text: str) -> bool:
    if parameter.type == "boolean":
        return text in ("true", "false")
    if parameter.type == "integer":
        low, high = parameter.minimum, parameter.maximum
        return text.isdecimal() and (low is None or int(text) >= low) and (high is None or int(text) <= high)
    return not parameter.allowed or text in parameter.allowed


@pytest.mark.parametrize(
    "query", ["alt=medium", "supportsAllDrives=yes", "pageSize=3", "supportAllDrives=true", "fileId=1"]
)
def test_detects_an_invalid_parameter(query: str) -> None:
    assert len(list(_wrong(drive_v3().methods["files.get"], query))) == 1


@pytest.mark.parametrize("name", TABLE_FIELDS)
def test_every_column_has_an_airtable_field_type(name: str) -> None:
    spec = TABLE_FIELDS[name]
    assert spec["type"] not in NOT_CREATABLE
    described = parse_field_schema(_read_back(name, spec))
    assert not isinstance(described, UnknownFieldSchema), f"Airtable knows no type {spec['type']}"
    options = getattr(described, "options", None)
    known = {field.alias or own for own, field in type(options).model_fields.items()} if options is not None else set()
    assert spec.get("options", {}).keys() <= known
    assert "options" not in spec or spec["options"]


def _read_back(name: str, spec: Any) -> dict[str, Any]:
    """Return the field as a schema request shows it: with ids and Airtable's additions to the options."""
    made = TYPES[spec["type"]](spec.get("options") or {})
    return {"id": "fld00000000000000", "name": name, "type": spec["type"], **({"options": made} if made else {})}


def test_the_local_airtable_has_only_real_field_types() -> None:
    assert TYPES.keys() | NOT_CREATABLE <= {kind.value for kind in FieldType}


def test_a_request_has_at_most_ten_records(cloud: RunningCloud) -> None:
    """Airtable's limit [web API, "Create records", "Update multiple records"], which the adapter's batches keep."""
    console = cloud.console_client.airtable
    base = console.base(f"Contract {uuid4().hex}")
    token = console.token([base])
    headers = {"Authorization": f"Bearer {token}"}
    made = requests.post(
        f"{cloud.airtable}/v0/meta/bases/{base}/tables",
        json={"name": "Videos", "fields": [{"name": "Video ID", "type": "singleLineText"}]},
        headers=headers,
        timeout=10,
    )
    assert made.status_code == 200, made.text

    def send(count: int) -> int:
        records = [{"fields": {"Video ID": str(number)}} for number in range(count)]
        body = {"performUpsert": {"fieldsToMergeOn": ["Video ID"]}, "records": records}
        answer = requests.patch(f"{cloud.airtable}/v0/{base}/Videos", json=body, headers=headers, timeout=10)
        return answer.status_code

    assert (send(10), send(11)) == (200, 422)
