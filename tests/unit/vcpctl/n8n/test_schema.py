"""The published JSON Schema of the intake's answer; a published version never changes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from vcp.domain.video.states import State
from vcp.wire.messages import ANSWER_SCHEMA, IntakeAnswer
from vcpctl.n8n.schema import PAGE, ROOT, answer_schema, main

#: Digest of each published version. Workflows rely on them: add a version for another shape, never change a line.
PUBLISHED = {1: "c22e53eab02f6e7f17c0b80eb80ab3b24558b540509e5316077faca5b3c2086a"}
ANSWER = IntakeAnswer(
    video_id="file-0123", status="accepted", state=State.QUEUED, code="queued", reason="film.mov is queued.",
    file_name="film.mov", attempt=1,
)  # fmt: skip


def shape(schema: Any) -> Any:
    """Return the schema without descriptions."""
    if isinstance(schema, dict):
        return {key: shape(value) for key, value in schema.items() if key not in ("description", "title")}
    return schema


def digest(schema: Any) -> str:
    return hashlib.sha256(json.dumps(shape(schema), sort_keys=True).encode()).hexdigest()


def published(version: int) -> dict[str, Any]:
    path = ROOT / f"docs/schemas/intake-answer.v{version}.json"
    return dict(json.loads(path.read_text("utf-8")))


def test_the_published_schema_is_current() -> None:
    assert main(["--check"]) == 0
    assert published(ANSWER_SCHEMA) == answer_schema()


@pytest.mark.parametrize("version", sorted(PUBLISHED))
def test_a_published_version_never_changes(version: int) -> None:
    assert digest(published(version)) == PUBLISHED[version]


def test_the_version_in_use_is_published() -> None:
    assert max(PUBLISHED) == ANSWER_SCHEMA


def test_an_answer_is_flat_and_has_its_version() -> None:
    answer = ANSWER.to_wire()
    jsonschema.validate(answer, published(ANSWER_SCHEMA))
    assert answer["schema"] == ANSWER_SCHEMA
    assert all(isinstance(value, str | int) for value in answer.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "done"},
        {"state": "asleep"},
        {"reason": ""},
        {"attempt": 0},
        {"attempt": "1"},
        {"schema": 2},
        {"size": 12},
        {"result": {"status": "accepted"}},
    ],
    ids=str,
)
def test_rejects_another_shape(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**ANSWER.to_wire(), **wrong}, published(ANSWER_SCHEMA))


@pytest.mark.parametrize("missing", list(ANSWER.to_wire()))
def test_every_field_is_required(missing: str) -> None:
    rest = {name: value for name, value in ANSWER.to_wire().items() if name != missing}
    with pytest.raises(jsonschema.ValidationError, match=missing):
        jsonschema.validate(rest, published(ANSWER_SCHEMA))


def test_every_field_is_described() -> None:
    assert all(len(field["description"]) > 20 for field in answer_schema()["properties"].values())


def test_reports_a_stale_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], tmp_path) == 0
    page = tmp_path / PAGE
    page.write_text(page.read_text("utf-8").replace('"duplicate",', ""), "utf-8")
    assert main(["--check"], tmp_path) == 1
    printed = capsys.readouterr().err
    assert "docs/schemas/intake-answer.v1.json is stale." in printed
    assert "raise ANSWER_SCHEMA" in printed
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_a_missing_file_is_stale(tmp_path: Path) -> None:
    assert main(["--check"], tmp_path) == 1
